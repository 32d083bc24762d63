//! Says what the tests may use: a browser (`tests/run` looks for one, and sets `SALON_CHROMIUM`), and small disks of their own.

use std::process::{Command, Stdio};

fn main() {
    println!("cargo::rustc-check-cfg=cfg(chromium, small_disk)");
    println!("cargo::rerun-if-env-changed=SALON_CHROMIUM");
    if std::env::var_os("SALON_CHROMIUM").is_some_and(|value| value == "1") {
        println!("cargo::rustc-cfg=chromium");
    }
    if may_mount() {
        println!("cargo::rustc-cfg=small_disk");
    }
}

/// Whether a process may mount a disk that nobody else sees.
fn may_mount() -> bool {
    let mut mount = Command::new("/usr/bin/unshare");
    mount.args(["--user", "--map-root-user", "--mount", "/bin/sh", "-c", "mount -t tmpfs none /tmp"]);
    mount.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
