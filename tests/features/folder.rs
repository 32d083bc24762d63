//! The folder of the file driver: who owns it, that it may vanish and reappear, and that it may hold very many
//! sessions.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use salon_tests::{AppFolder, Server, Signal, Visitor, mode, within};

#[tokio::test]
async fn sr_41_what_the_driver_makes_is_this_user_s_alone_whatever_the_umask() {
    let folder = AppFolder::new();
    fs::remove_dir(folder.sessions()).expect("it is empty");
    let server = Server::prepared_probe(&folder, &["/bin/sh"], "umask 000", &[]).await;
    let visitor = server.visitor();
    for path in ["/count", "/count", "/regenerate", "/login"] {
        visitor.get(path).await.assert_status(200);
    }
    assert_eq!(mode(&folder.sessions()), 0o700);
    let files = folder.session_files();
    assert!(files.len() >= 2, "{files:?}");
    for file in files {
        assert_eq!((mode(&file), mode(file.parent().expect("a folder"))), (0o600, 0o700), "{}", file.display());
    }
}

#[tokio::test]
async fn sr_41_a_folder_whose_sessions_may_be_forged_stops_the_start_and_says_why() {
    let folder = AppFolder::new();
    // Still empty, as in a fresh checkout: its mode is restricted, and it is used.
    fs::set_permissions(folder.sessions(), fs::Permissions::from_mode(0o777)).expect("it is ours");
    let server = Server::probe(&folder, &[]).await;
    let visitor = server.visitor();
    visitor.get("/count").await.assert_see("1");
    server.stop().await.assert_success();
    fs::set_permissions(folder.sessions(), fs::Permissions::from_mode(0o777)).expect("it is ours");
    for _ in 0..2 {
        let refusal = Server::refusal(&folder, &[]).await;
        assert!(!refusal.status.success());
        for part in ["other users could write to the folder", "mode 777", "chmod 700"] {
            assert!(refusal.stderr.contains(part), "{part}: {refusal:?}");
        }
    }
    fs::set_permissions(folder.sessions(), fs::Permissions::from_mode(0o700)).expect("it is ours");
    let server = Server::probe(&folder, &[]).await;
    visitor.at(&server).get("/count").await.assert_see("2");
}

#[tokio::test]
async fn sr_41_a_folder_that_is_not_for_sessions_alone_stops_the_start_and_keeps_its_mode() {
    let folder = AppFolder::new();
    let shared = folder.path().join("shared");
    fs::create_dir(&shared).expect("a folder");
    fs::write(shared.join("another-program.sock"), "").expect("a file");
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).expect("it is ours");
    let refusal = Server::refusal(&folder, &[("SESSION_FILES", "shared")]).await;
    assert!(!refusal.status.success());
    for part in ["(mode 1777)", "is not for sessions alone", "set `files` in config/session.toml"] {
        assert!(refusal.stderr.contains(part), "{part}: {refusal:?}");
    }
    assert_eq!(mode(&shared), 0o1777);

    let refusal = Server::refusal(&folder, &[("SESSION_FILES", "resources/public/sessions")]).await;
    assert!(!refusal.status.success() && refusal.stderr.contains("everybody can download"), "{refusal:?}");
    assert!(!folder.path().join("resources/public/sessions").exists());
}

/// Runs a command that sees the disks as this server does.
fn on_disks_of(server: &Server, folder: &AppFolder, command: &str) {
    let mut shell = Command::new("/usr/bin/nsenter");
    shell.args(["--target", &server.process().id().to_string(), "--user", "--mount", "--preserve-credentials"]);
    shell.args(["/bin/sh", "-c", &format!("cd '{}' && {command}", folder.path().display())]);
    let output = shell.output().expect("nsenter starts");
    assert!(output.status.success(), "{command}: {output:?}");
}

async fn assert_refused(visitor: &Visitor, path: &str) {
    let refused = visitor.get(path).await;
    refused.assert_status(503).assert_no_cookie();
    assert!(refused.header("retry-after").is_some(), "{:?}", refused.headers);
}

#[tokio::test]
#[cfg_attr(not(small_disk), ignore = "this system lets no test mount a disk of its own (unshare --user --mount)")]
async fn f_05_a_disk_that_is_unmounted_or_read_only_is_a_503_and_nothing_goes_elsewhere() {
    let folder = AppFolder::new();
    fs::create_dir(folder.path().join("disk")).expect("a folder");
    let mount = "mount -t tmpfs none disk && mount --bind disk storage/framework/sessions || exit";
    let shell = ["/usr/bin/unshare", "--user", "--map-root-user", "--mount", "/bin/sh"];
    let server = Server::prepared_probe(&folder, &shell, mount, &[]).await;
    let ada = server.visitor();
    ada.get("/count").await.assert_see("1");

    on_disks_of(&server, &folder, "mount -o remount,ro,bind storage/framework/sessions");
    assert_refused(&ada, "/count").await;
    assert_refused(&server.visitor(), "/count").await;
    ada.get("/all").await.assert_status(200).assert_see(r#"{"count":1}"#);
    on_disks_of(&server, &folder, "mount -o remount,rw,bind storage/framework/sessions");
    ada.get("/count").await.assert_see("2");

    on_disks_of(&server, &folder, "umount --lazy storage/framework/sessions");
    for path in ["/count", "/all", "/logout"] {
        assert_refused(&ada, path).await;
    }
    assert_refused(&server.visitor(), "/count").await;
    server.process().complaint("mount that disk again, or restart").await;
    assert_eq!(folder.session_files(), Vec::<PathBuf>::new(), "nothing was written to the mount point");
    on_disks_of(&server, &folder, "mount --bind disk storage/framework/sessions");
    ada.get("/count").await.assert_status(200).assert_see("3");
    server.visitor().get("/count").await.assert_see("1");
}

/// The offset of a record's expiry, in milliseconds.
const EXPIRES_AT: std::ops::Range<usize> = 50..58;

/// Copies a session's file under this many names, as sessions that expired long ago.
fn multiply(file: &Path, sessions: &Path, copies: usize) {
    let mut bytes = fs::read(file).expect("a file");
    bytes[EXPIRES_AT].copy_from_slice(&1_000_u64.to_le_bytes());
    for shard in 0..256 {
        let shard = sessions.join(format!("{shard:02x}"));
        if !shard.exists() {
            fs::create_dir(&shard).expect("a folder");
        }
    }
    for copy in 0..copies {
        let path = sessions.join(format!("{:02x}/{copy:062x}", copy % 256));
        fs::write(path, &bytes).expect("a copy");
    }
}

#[tokio::test]
async fn f_17_a_collector_that_is_killed_over_a_crowd_is_followed_by_one_that_ends_while_visitors_are_served() {
    const CROWD: usize = 12_000;
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let visitor = server.visitor();
    visitor.get("/count").await.assert_see("1");
    server.stop().await.assert_success();
    multiply(&folder.session_files()[0], &folder.sessions(), CROWD);

    let often = [("SESSION_GC_INTERVAL", "0.0001")];
    let server = Server::probe(&folder, &often).await;
    let visitor = visitor.at(&server);
    let mut visits = 1;
    let begun = async {
        while folder.session_files().len() > CROWD * 3 / 4 {
            visits += 1;
            visitor.get("/count").await.assert_status(200).assert_see(&visits.to_string());
        }
    };
    within("the first batches", begun).await;
    server.process().signal(Signal::KILL);
    server.end().await;
    let left = folder.session_files().len();
    assert!((2..=CROWD * 3 / 4).contains(&left), "{left} are left: it was not killed midway");

    let server = Server::probe(&folder, &often).await;
    let visitor = visitor.at(&server);
    let ended = async {
        while folder.session_files().len() > 1 {
            visits += 1;
            visitor.get("/count").await.assert_status(200).assert_see(&visits.to_string());
        }
    };
    within("the removal of the crowd", ended).await;
    visitor.get("/count").await.assert_see(&(visits + 1).to_string());
    let ended = server.stop().await;
    assert!(!ended.assert_success().stderr.contains("ERROR"), "{ended:?}");
}
