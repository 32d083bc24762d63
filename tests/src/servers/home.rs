//! The folder of one server.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use tempfile::TempDir;

/// A temporary folder that is removed when this is dropped, and also soon after the process has ended without dropping
/// it: a server shared by all tests is never dropped, and a killed process drops nothing.
#[derive(Debug)]
pub(crate) struct Home(TempDir);

impl Home {
    /// An empty folder that other users can pass through, but not list.
    pub(crate) fn new(name: &str) -> Self {
        let folder = TempDir::with_prefix_in(format!("{name}-"), root()).expect("a temporary folder");
        open(folder.path());
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The path of a file in it, as text for a command line.
    pub(crate) fn file(&self, name: &str) -> String {
        self.path().join(name).display().to_string()
    }

    /// Writes one of its files, and returns the path.
    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.path().join(name), text).unwrap_or_else(|error| panic!("{name}: {error}"));
        self.file(name)
    }
}

/// The folder that contains all folders of this process.
fn root() -> &'static Path {
    static ROOT: OnceLock<(PathBuf, Child)> = OnceLock::new();
    let (root, _) = ROOT.get_or_init(|| {
        let root = TempDir::with_prefix("salon-servers-").expect("a temporary folder").keep();
        open(&root);
        let janitor = janitor(&root);
        (root, janitor)
    });
    root
}

/// A process that waits until this one has ended, and then removes the folder. Its standard input ends with this
/// process.
fn janitor(root: &Path) -> Child {
    // Servers that are just dying may still write.
    let script = r#"trap '' HUP INT TERM; cat; for _ in 1 2 3 4 5 6 7 8 9; do rm -rf "$0" && break; sleep 1; done"#;
    let mut janitor = Command::new("/bin/sh");
    janitor.args(["-c", script]).arg(root).current_dir("/");
    let started = janitor.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    started.expect("a shell")
}

fn open(folder: &Path) {
    fs::set_permissions(folder, Permissions::from_mode(0o711)).expect("our own folder can be changed");
}
