//! Records with hostile content, and sessions that a visitor makes large: they harm neither the server nor other
//! visitors.

use std::{
    fmt::Write,
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use salon_tests::{AppFolder, Gate, Server, Visitor, forge};
use tokio::task::JoinSet;

type Entries = Vec<(Vec<u8>, Vec<u8>)>;

fn one(value: impl Into<Vec<u8>>) -> Entries {
    vec![(b"count".to_vec(), value.into())]
}

fn hostile() -> Vec<(&'static str, Entries)> {
    let mut many = String::from("{\"a\":0");
    for number in 0..100_000 {
        write!(many, ",\"k{number}\":1").expect("writing to memory succeeds");
    }
    vec![
        ("a megabyte of brackets", one("[".repeat(1 << 20))),
        ("deeply nested lists", one("[".repeat(10_000) + &"]".repeat(10_000))),
        ("lists nested through a whole megabyte", one("[".repeat(1 << 19) + &"]".repeat(1 << 19))),
        ("deeply nested objects", one("{\"count\":".repeat(10_000) + "1" + &"}".repeat(10_000))),
        ("a huge number", one("9".repeat(1 << 20))),
        ("a huge exponent", one("1e999999999")),
        ("a small exponent", one("-1e-999999999")),
        ("a long fraction", one(format!("0.{}", "3".repeat(1 << 20)))),
        ("an object with many keys", one(many + "}")),
        ("duplicate keys in an object", one("{\"a\":1,\"a\":2,\"a\":[3]}")),
        ("no value", one("")),
        ("an unterminated text", one("\"aaaa")),
        ("bytes that are not text", one(b"\"\xff\xfe\xc3\x28\"".to_vec())),
        ("half of a surrogate pair", one(r#""\ud800""#)),
        ("duplicate keys", [one("1"), one("2"), one("\"3\"")].concat()),
        ("a key that is not text", vec![(b"\xff\xfe".to_vec(), b"1".to_vec())]),
        ("a key of a megabyte", vec![(vec![b'k'; 1 << 20], b"1".to_vec())]),
        ("a key of only dots", vec![(vec![b'.'; 1 << 20], b"1".to_vec())]),
        (
            "ten thousand keys",
            (0..10_000).map(|number: u32| (number.to_string().into_bytes(), b"1".to_vec())).collect(),
        ),
    ]
}

/// A visitor's own record.
async fn record(folder: &AppFolder, visitor: &Visitor) -> PathBuf {
    let known = folder.session_files();
    visitor.get("/count").await.assert_status(200);
    folder.session_files().into_iter().find(|file| !known.contains(file)).expect("a new file")
}

#[tokio::test]
async fn sr_46_hostile_records_crash_nothing_are_answered_soon_and_concern_nobody_else() {
    /// A hundred times what a request takes, so that a busy machine is not mistaken for a slow response.
    const SOON: Duration = Duration::from_secs(30);
    const PATHS: [&str; 9] = [
        "/all",
        "/read?key=count",
        "/read?key=count.0.count",
        "/count",
        "/push?value=1",
        "/update?value=1",
        "/put?key=count.a.b",
        "/login",
        "/logout",
    ];
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let bea = server.visitor();
    bea.get("/count").await.assert_see("1");
    for (number, (what, entries)) in hostile().into_iter().enumerate() {
        for path in PATHS {
            let ada = server.visitor();
            let file = record(&folder, &ada).await;
            forge(&file, entries.clone());
            let began = Instant::now();
            ada.get("/look").await.assert_status(200);
            // Reading a value as a type that it does not have is an error that says so.
            let answer = ada.get(path).await;
            assert!([200, 500].contains(&answer.status.as_u16()), "{what}, {path}: {}", answer.status);
            assert!(began.elapsed() < SOON, "{what}, {path}: {:?}", began.elapsed());
            // A logout, or a login, has removed it.
            let _ = fs::remove_file(&file);
        }
        bea.get("/count").await.assert_status(200).assert_see(&(number + 2).to_string());
    }
    let ended = server.stop().await;
    assert!(!ended.assert_success().stderr.contains("panicked"));
    assert!(ended.stderr.contains("session.corrupt"), "a key that is not text");
}

#[tokio::test]
async fn sr_46_a_record_of_a_million_keys_is_read_and_not_written_again() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[("SESSION_MAX_BYTES", "33554432")]).await;
    let ada = server.visitor();
    let file = record(&folder, &ada).await;
    forge(&file, (0..1_000_000_u32).map(|number| (number.to_string().into_bytes(), b"1".to_vec())));
    let before = fs::read(&file).expect("a record");
    ada.get("/look").await.assert_status(200).assert_see("false");
    ada.get("/count").await.assert_status(500).assert_no_cookie();
    server.process().complaint("and the limit is 1024").await;
    assert!(fs::read(&file).expect("a record") == before);
    ada.get("/logout").await.assert_status(200);
    assert!(folder.session_files().is_empty());
}

#[tokio::test]
async fn sr_52_what_is_too_large_is_an_error_that_says_so_and_the_session_stays_as_it_was() {
    for driver in ["file", "memory", "ledger"] {
        let folder = AppFolder::new();
        let server = Server::probe(&folder, &[("SESSION_DRIVER", driver), ("SESSION_MAX_BYTES", "65536")]).await;
        let ada = server.visitor();
        ada.get("/grow?bytes=60000&keys=100&levels=64").await.assert_status(200);
        let before = ada.get("/all").await.text();
        for (path, said) in [
            ("/grow?bytes=70000", "the session is too large (7"),
            ("/grow?bytes=1&keys=1025", "the session has 1027 keys, and the limit is 1024"),
            ("/grow?levels=65", "session key `deep` is nested deeper than the limit of 64"),
        ] {
            let answer = ada.get(path).await;
            answer.assert_status(500).assert_no_cookie().assert_dont_see("grown");
            server.process().complaint(said).await;
            assert_eq!(ada.get("/all").await.text(), before, "{driver}, {path}");
        }
        ada.get("/count").await.assert_status(200).assert_see("1");

        // Nor does a guest's first save create a session from it.
        server.visitor().get("/grow?keys=1025").await.assert_status(500).assert_no_cookie();
        if driver == "file" {
            assert_eq!(folder.session_files().len(), 1);
        }
    }
}

#[tokio::test]
async fn sr_52_two_hundred_requests_of_one_session_keep_nobody_else_waiting() {
    const MANY: usize = 200;
    for driver in ["file", "memory"] {
        for path in ["/count", "/alone"] {
            let (folder, gate) = (AppFolder::new(), Gate::new().await);
            let environment = [("SESSION_DRIVER", driver), ("SESSION_LOCK_WAIT", "1000")];
            let server = Server::probe(&folder, &environment).await;
            let (ada, bea) = (server.visitor(), server.visitor());
            ada.get("/count").await.assert_see("1");
            bea.get("/count").await.assert_see("1");
            let mut requests = JoinSet::new();
            for _ in 0..MANY {
                let (visitor, path) = (ada.clone(), format!("{path}?{}", gate.query()));
                requests.spawn(async move { visitor.get(&path).await.assert_status(200).clone() });
            }
            // All of them wait in their handlers, or one does and the others wait for it.
            let at_once = if path == "/alone" { 1 } else { MANY };
            let waiting = gate.arrivals(at_once).await;
            for count in 2..12 {
                bea.get("/count").await.assert_status(200).assert_see(&count.to_string());
                server.visitor().get("/alone").await.assert_status(200).assert_see("1");
            }
            ada.get("/look").await.assert_status(200);
            for handler in waiting {
                handler.go_on().await;
            }
            for _ in at_once..MANY {
                gate.arrival().await.go_on().await;
            }
            assert_eq!(requests.join_all().await.len(), MANY);
            assert_eq!(ada.get("/all").await.json()["count"], 1 + MANY, "{driver}, {path}");
        }
    }
}
