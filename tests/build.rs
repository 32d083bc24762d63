//! Says what the tests may use: a browser (`tests/run` looks for one, and sets `SALON_CHROMIUM`), small disks of their own, and
//! a clock of their own (libfaketime).

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

fn main() {
    println!("cargo::rustc-check-cfg=cfg(chromium, small_disk, faketime)");
    println!("cargo::rerun-if-env-changed=SALON_CHROMIUM");
    if std::env::var_os("SALON_CHROMIUM").is_some_and(|value| value == "1") {
        println!("cargo::rustc-cfg=chromium");
    }
    if may_mount() {
        println!("cargo::rustc-cfg=small_disk");
    }
    println!("cargo::rerun-if-env-changed=SALON_FAKETIME");
    if let Some(library) = faketime() {
        println!("cargo::rustc-cfg=faketime");
        println!("cargo::rustc-env=SALON_LIBFAKETIME={}", library.display());
    }
}

/// Whether a process may mount a disk that nobody else sees.
fn may_mount() -> bool {
    let mut mount = Command::new("/usr/bin/unshare");
    mount.args(["--user", "--map-root-user", "--mount", "/bin/sh", "-c", "mount -t tmpfs none /tmp"]);
    mount.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// The library that gives a process another time, where Debian and others put it.
fn faketime() -> Option<PathBuf> {
    let folders = ["/usr/lib", "/usr/lib64", "/usr/local/lib"].map(PathBuf::from);
    let within = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let all = folders.iter().cloned().chain(within.map(|entry| entry.path()));
    all.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|library| library.is_file())
}
