//! A full disk, and a process that may open no more files: errors while it lasts, and nothing lost.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use salon_tests::{AppFolder, Connection, Request, Server, Visitor, within};

/// Mounts a small disk as the sessions' folder, which only the server's own process sees. Returns the path to it from
/// here.
async fn on_a_small_disk(folder: &AppFolder, options: &str) -> (Server, PathBuf) {
    let script = format!("mount -t tmpfs -o mode=700,{options} none storage/framework/sessions || exit");
    let shell = ["/usr/bin/unshare", "--user", "--map-root-user", "--mount", "/bin/sh"];
    let server = Server::prepared_probe(folder, &shell, &script, &[]).await;
    let mut path = PathBuf::from(format!("/proc/{}/root", server.process().id()));
    path.extend(folder.sessions().components().skip(1));
    (server, path)
}

/// Every file below a folder, with its content.
fn snapshot(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(snapshot(&path));
        } else {
            let bytes = fs::read(&path).expect("a file");
            found.push((path, bytes));
        }
    }
    found.sort();
    found
}

async fn a_full_disk_loses_nothing(options: &str, fill: impl Fn(&Path) -> io::Result<()>) {
    let folder = AppFolder::new();
    let (server, disk) = on_a_small_disk(&folder, options).await;
    let (ada, bea) = (server.visitor(), server.visitor());
    ada.get("/count").await.assert_status(200);
    bea.get("/login").await.assert_status(200);
    let thief = bea.copy();
    let before = snapshot(&disk);

    let filler = |number: u32| disk.join(format!("filler-{number}"));
    let mut fillers = 0;
    while fill(&filler(fillers)).is_ok() {
        fillers += 1;
        assert!(fillers < 1_000, "the disk never fills up");
    }

    for visitor in [ada.clone(), server.visitor()] {
        let refused = visitor.get("/count").await;
        refused.assert_status(503).assert_no_cookie();
        assert!(refused.header("retry-after").is_some(), "{:?}", refused.headers);
    }
    server.process().complaint("No space left on device").await;
    ada.get("/all").await.assert_status(200).assert_see(r#"{"count":1}"#).assert_no_cookie();
    server.visitor().get("/all").await.assert_status(200).assert_see("{}");
    let mut during = snapshot(&disk);
    during.retain(|(path, _)| !path.to_string_lossy().contains("filler-"));
    assert_eq!(during, before, "the records are unchanged, and nothing else is there");
    bea.get("/logout").await.assert_status(200);
    thief.get("/user").await.assert_see("null");

    for number in 0..=fillers {
        let _ = fs::remove_file(filler(number));
    }
    ada.get("/count").await.assert_status(200).assert_see("2");
    server.visitor().get("/count").await.assert_status(200).assert_see("1");
}

#[tokio::test]
#[cfg_attr(not(small_disk), ignore = "this system lets no test mount a disk of its own (unshare --user --mount)")]
async fn f_04_a_full_disk_is_a_503_for_who_writes_and_loses_nothing() {
    a_full_disk_loses_nothing("size=64k", |path| fs::write(path, [1; 4096])).await;
}

#[tokio::test]
#[cfg_attr(not(small_disk), ignore = "this system lets no test mount a disk of its own (unshare --user --mount)")]
async fn f_04_a_disk_without_inodes_is_a_503_for_who_writes_and_loses_nothing() {
    a_full_disk_loses_nothing("nr_inodes=30", |path| fs::write(path, "")).await;
}

#[tokio::test]
async fn f_07_a_process_that_may_open_no_more_files_refuses_and_recovers() {
    let folder = AppFolder::new();
    // The server leaves half of the descriptors to files. Here others have taken that half, as a library or a leak would, so
    // that the connections take the descriptors of the session files.
    let limits =
        [("SERVER_CONNECTIONS_PER_ADDRESS", "100"), ("SERVER_HEADER_TIMEOUT", "600"), ("SERVER_IDLE_TIMEOUT", "600")];
    let taken = "ulimit -n 64; for number in {10..49}; do eval \"exec $number</dev/null\"; done";
    let server = Server::prepared_probe(&folder, &["/bin/bash"], taken, &limits).await;
    let ada = server.visitor();
    ada.get("/count").await.assert_see("1");
    let mut known = Connection::http1(server.address()).await;
    known.send(count_of(&ada)).await.assert_see("2");

    let mut idle = Vec::new();
    for _ in 0..64 {
        idle.push(tokio::net::TcpStream::connect(server.address()).await.expect("the system accepts the connection"));
    }
    server.process().complaint("cannot accept a connection").await;
    for _ in 0..3 {
        known.send(count_of(&ada)).await.assert_status(503).assert_no_cookie();
    }
    drop(idle);
    // Those that the system has accepted for the server still come one after another.
    within("a descriptor for the session's file", async { while ada.get("/user").await.status == 503 {} }).await;

    ada.get("/count").await.assert_status(200).assert_see("3");
    known.send(count_of(&ada)).await.assert_status(200).assert_see("4");
    server.visitor().get("/count").await.assert_see("1");
}

#[tokio::test]
async fn f_07_more_connections_than_descriptors_leave_room_for_those_with_a_request() {
    let folder = AppFolder::new();
    let server = Server::prepared_probe(&folder, &["/bin/sh"], "ulimit -n 256", &[]).await;
    let ada = server.visitor();
    ada.get("/count").await.assert_see("1");
    let mut silent = Vec::new();
    for expected in 2..5 {
        for _ in 0..100 {
            silent.push(tokio::net::TcpStream::connect(server.address()).await.expect("the system accepts it"));
        }
        ada.get("/count").await.assert_status(200).assert_see(&expected.to_string());
    }
    assert_eq!(server.process().complaints("cannot accept a connection"), 0);
}

fn count_of(visitor: &Visitor) -> Request<bytes::Bytes> {
    let cookie = format!("session={}", visitor.cookie("session").expect("a cookie"));
    Request::get("/count").header("cookie", cookie).body(bytes::Bytes::new()).expect("a request")
}
