//! A folder with an app's files, separate from the repository's own.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

/// The repository's root.
pub(crate) fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The permissions of a file or folder, as in `0o600`.
#[must_use]
pub fn mode(path: &Path) -> u32 {
    let metadata = fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    metadata.permissions().mode() & 0o7777
}

/// A temporary copy of the template app's files, which is removed when it is dropped.
#[derive(Debug)]
pub struct AppFolder(TempDir);

impl AppFolder {
    /// The files as in a fresh clone, without a `.env`.
    #[must_use]
    pub fn new() -> Self {
        let folder = Self(TempDir::with_prefix("salon-app-").expect("a temporary folder"));
        for part in ["config", "resources"] {
            copy(&repository().join(part), &folder.path().join(part));
        }
        fs::create_dir_all(folder.path().join("storage/framework/sessions")).expect("a folder for sessions");
        fs::create_dir_all(folder.path().join("storage/logs")).expect("a folder for logs");
        folder
    }

    /// The path of the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes one of its files.
    pub fn write(&self, path: &str, text: &str) {
        fs::write(self.path().join(path), text).unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// Reads one of its files.
    #[must_use]
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Replaces a text in one of its files.
    pub fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} does not contain {from:?}");
        self.write(path, &text.replace(from, to));
    }

    /// The folder of the file driver.
    #[must_use]
    pub fn sessions(&self) -> PathBuf {
        self.path().join("storage/framework/sessions")
    }

    /// Every file that the file driver has written.
    #[must_use]
    pub fn session_files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        walk(&self.sessions(), &mut found);
        found.retain(|path| path.file_name().is_some_and(|name| name != ".gitignore"));
        found
    }
}

impl Default for AppFolder {
    fn default() -> Self {
        Self::new()
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("an entry of a folder").path()).collect()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in entries(folder) {
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for path in entries(from) {
        let place = to.join(path.file_name().expect("an entry has a name"));
        if path.is_dir() {
            copy(&path, &place);
        } else {
            fs::copy(&path, &place).expect("a copy");
        }
    }
}
