//! Reports what the tests may use: a browser (`tests/run` looks for one, and sets `SALON_CHROMIUM`), small disks of
//! their own, a clock of their own (libfaketime), and servers that sessions can be kept on.

use std::{
    env, fs,
    path::PathBuf,
    process::{Command, Stdio},
};

fn main() {
    println!(
        "cargo::rustc-check-cfg=cfg(chromium, small_disk, faketime, redis, memcached, postgres, mariadb, nginx, slowhttptest)"
    );
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
    // A program that is not installed yet cannot be watched: `tests/run` reports what it has found.
    println!("cargo::rerun-if-env-changed=SALON_SERVERS");
    find("redis", &["redis-server", "redis-cli", "openssl"]);
    find("memcached", &["memcached"]);
    find("nginx", &["nginx"]);
    find("slowhttptest", &["slowhttptest"]);
    if let Some(mariadbd) = program("mariadbd") {
        println!("cargo::rustc-env=SALON_MARIADBD={}", mariadbd.display());
        find("mariadb", &["mariadbd", "mariadb-install-db", "mariadb"]);
    }
    if let Some(programs) = postgres() {
        println!("cargo::rustc-env=SALON_POSTGRES={}", programs.display());
        find("postgres", &[]);
    }
}

/// Enables the tests of a server whose programs are installed, together with the one that starts them so that they end
/// with the tests.
fn find(server: &str, programs: &[&str]) {
    let programs: Option<Vec<PathBuf>> = programs.iter().chain(&["setpriv"]).map(|name| program(name)).collect();
    let Some(programs) = programs else { return };
    for program in programs {
        println!("cargo::rerun-if-changed={}", program.display());
    }
    println!("cargo::rustc-cfg={server}");
}

/// The path of a program: in `PATH`, or where servers are that are often not in it.
fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin".into()])
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

/// The folder of PostgreSQL's programs: where `PATH` says, otherwise the newest of the versions that Debian keeps
/// apart.
fn postgres() -> Option<PathBuf> {
    let in_path = program("postgres").and_then(|program| Some(program.parent()?.to_owned()));
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut apart: Vec<(u32, PathBuf)> = versions
        .filter_map(|version| Some((version.file_name().to_str()?.parse().ok()?, version.path().join("bin"))))
        .collect();
    apart.sort();
    let newest_first = apart.into_iter().rev().map(|(_, programs)| programs);
    in_path
        .into_iter()
        .chain(newest_first)
        .find(|folder| ["postgres", "initdb", "psql"].iter().all(|name| folder.join(name).is_file()))
}

/// True if a process may mount a disk that only it sees.
fn may_mount() -> bool {
    let mut mount = Command::new("/usr/bin/unshare");
    mount.args(["--user", "--map-root-user", "--mount", "/bin/sh", "-c", "mount -t tmpfs none /tmp"]);
    mount.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// The library that gives a process another time, where Debian and others install it.
fn faketime() -> Option<PathBuf> {
    let folders = ["/usr/lib", "/usr/lib64", "/usr/local/lib"].map(PathBuf::from);
    let within = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let all = folders.iter().cloned().chain(within.map(|entry| entry.path()));
    all.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|library| library.is_file())
}
