//! The driver `memcached`, on real servers.

mod losses;
mod moving;
mod network;
mod outages;
mod prefix;
mod refusals;
mod suite;
mod trips;

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::Duration,
};

use salon_tests::{AppFolder, Server, servers::Memcached};

/// The probe with its sessions in memcached, and with these variables in its environment.
async fn probe(folder: &AppFolder, url: &str, environment: &[(&str, &str)]) -> Server {
    let own = [("SESSION_DRIVER", "memcached"), ("DATABASE_CONNECTIONS_MEMCACHED_URL", url)];
    Server::probe(folder, &[&own, environment].concat()).await
}

/// Sends this, and returns everything up to this end. The replies of memcached may not be text.
fn talk(memcached: &Memcached, request: &[u8], end: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(memcached.address()).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a connection");
    stream.write_all(request).expect("the request can be sent");
    let (mut answer, mut buffer) = (Vec::new(), [0; 4_096]);
    while !answer.ends_with(end) {
        let read = stream.read(&mut buffer).expect("an answer");
        assert!(read > 0, "it ended the connection after {answer:?}");
        answer.extend_from_slice(&buffer[..read]);
    }
    answer
}

/// The names of all items.
fn keys(memcached: &Memcached) -> Vec<String> {
    let mut names = BTreeSet::new();
    // The list omits items that are being sent or moved at that moment.
    for _ in 0..20 {
        let all = String::from_utf8(talk(memcached, b"lru_crawler metadump all\r\n", b"END\r\n")).expect("text");
        let listed = all.lines().filter_map(|line| line.strip_prefix("key=")?.split(' ').next());
        names.extend(listed.map(|name| name.replace("%3A", ":")));
        if names.len() as u64 == memcached.statistic("curr_items") {
            break;
        }
        thread::sleep(Duration::from_millis(20));
    }
    names.into_iter().collect()
}

/// What is stored under a name.
fn value(memcached: &Memcached, key: &str) -> Vec<u8> {
    let got = talk(memcached, format!("get {key}\r\n").as_bytes(), b"END\r\n");
    let start = got.iter().position(|byte| *byte == b'\n').expect("a line") + 1;
    got[start..].strip_suffix(b"\r\nEND\r\n").expect("a value").to_vec()
}
