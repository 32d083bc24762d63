//! From start to stop: `cargo run`, a few visits, Ctrl-C.

use std::{fs, time::Duration};

use salon_tests::{AppFolder, Connection, Ended, Gate, Process, Server, Signal, mode, within};
use tokio::{net::TcpStream, time::timeout};

fn visits(count: u32) -> String {
    format!("<strong>{count}</strong>")
}

#[tokio::test]
async fn the_app_says_where_it_listens_and_counts_the_visits_of_each_visitor() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[]).await;
    let ada = server.visitor();
    ada.get("/").await.assert_status(200).assert_see(&visits(1)).assert_see("<code>file</code>");
    ada.get("/").await.assert_status(200).assert_see(&visits(2));
    server.visitor().get("/").await.assert_see(&visits(1));
    ada.get("/").await.assert_see(&visits(3));
}

#[tokio::test]
async fn a_session_is_one_private_file_that_does_not_know_the_cookie() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[]).await;
    let ada = server.visitor();
    ada.get("/").await;
    ada.get("/").await;

    let files = folder.session_files();
    let [file] = files.as_slice() else { panic!("one file, not {files:?}") };
    assert_eq!(mode(file), 0o600);
    let parents = file.ancestors().skip(1).take_while(|parent| parent.starts_with(folder.sessions()));
    let modes: Vec<u32> = parents.map(mode).collect();
    assert!(modes.len() > 1 && modes.iter().all(|mode| *mode == 0o700), "{modes:?}");

    let cookie = ada.cookie("session").expect("a cookie");
    assert_eq!(cookie.len(), 43);
    let known = [cookie.as_bytes().to_vec(), decoded(&cookie), hex(&decoded(&cookie)).into_bytes()];
    let mut stored = file.to_string_lossy().replace('/', "").into_bytes();
    stored.extend(fs::read(file).expect("a file"));
    for secret in known {
        assert!(!stored.windows(secret.len()).any(|window| window == secret), "the store knows {secret:?}");
    }
}

#[tokio::test]
async fn who_visits_a_page_that_keeps_nothing_gets_no_cookie_and_no_file() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[]).await;
    for (path, status) in [("/api/health", 200), ("/nowhere", 404), ("/css/app.css", 200), ("/robots.txt", 200)] {
        let answer = server.visitor().get(path).await;
        answer.assert_status(status).assert_no_cookie();
    }
    let probe = Server::probe(&folder, &[]).await;
    for path in ["/nothing", "/look", "/all", "/user", "/flash/shown"] {
        probe.visitor().get(path).await.assert_status(200).assert_no_cookie();
    }
    assert_eq!(folder.session_files(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn a_session_outlives_the_server() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[]).await;
    let ada = server.visitor();
    ada.get("/").await;
    server.stop().await.assert_success();
    let server = Server::app(&folder, &[]).await;
    ada.at(&server).get("/").await.assert_see(&visits(2));
}

#[tokio::test]
async fn the_memory_driver_writes_no_file_and_the_null_driver_forgets_at_once() {
    let folder = AppFolder::new();
    let memory = Server::app(&folder, &[("SESSION_DRIVER", "memory")]).await;
    let ada = memory.visitor();
    ada.get("/").await;
    ada.get("/").await.assert_see(&visits(2));
    let null = Server::app(&folder, &[("SESSION_DRIVER", "null")]).await;
    let eve = null.visitor();
    eve.get("/").await;
    eve.get("/").await.assert_see(&visits(1));
    assert!(folder.session_files().is_empty());
}

#[tokio::test]
async fn ctrl_c_stops_an_idle_server() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[]).await;
    server.visitor().get("/").await.assert_status(200);
    server.process().signal(Signal::INT);
    assert_stopped(&server.end().await);
}

#[tokio::test]
async fn a_request_in_flight_is_answered_when_ctrl_c_is_pressed() {
    a_request_in_flight_is_answered_after(Signal::INT).await;
}

#[tokio::test]
async fn a_request_in_flight_is_answered_when_the_system_asks_to_stop() {
    a_request_in_flight_is_answered_after(Signal::TERM).await;
}

async fn a_request_in_flight_is_answered_after(signal: Signal) {
    let (folder, gate) = (AppFolder::new(), Gate::new().await);
    let server = Server::probe(&folder, &[]).await;
    let ada = server.visitor();
    let path = format!("/put?key=name&{}", gate.query());
    let visit = tokio::spawn(async move { ada.get(&path).await });
    let handler = gate.arrival().await;

    server.process().signal(signal);
    server.process().line("Finishing the requests in flight").await;
    // No other request is accepted any more, and this one is still waited for.
    let listens = async { while TcpStream::connect(server.address()).await.is_ok() {} };
    within("the end of listening", listens).await;
    let stopped = timeout(Duration::from_millis(200), server.process().line("has stopped")).await;
    assert!(stopped.is_err(), "it did not wait");
    handler.go_on().await;
    visit.await.expect("an answer").assert_status(200).assert_see("put");
    assert_stopped(&server.end().await);
    assert_eq!(folder.session_files().len(), 1, "its session is saved, too");
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_the_stop() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[]).await;
    let mut idle = Connection::http1(server.address()).await;
    let request = salon_tests::Request::get("/api/health").body(bytes::Bytes::new()).expect("a request");
    idle.send(request).await.assert_status(200);
    assert_stopped(&server.stop().await);
}

#[tokio::test]
async fn the_log_has_no_colours_in_it_unless_a_terminal_shows_it() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    server.visitor().get("/fail").await.assert_status(500);
    let ended = server.stop().await;
    assert!(ended.stderr.contains("a request failed"), "{ended:?}");
    assert!(!ended.stderr.contains('\u{1b}'), "{ended:?}");
}

#[tokio::test]
async fn a_request_is_a_line_of_the_log_in_development_and_where_it_is_asked_for() {
    let development = [("APP_ENV", "development"), ("LOGGING_LEVEL", "info")];
    let asked = [("LOGGING_LEVEL", "info,salon::request=debug")];
    for (environment, is_logged) in
        [(&development[..], true), (&asked[..], true), (&[("LOGGING_LEVEL", "info")], false)]
    {
        let folder = AppFolder::new();
        let server = Server::app(&folder, environment).await;
        server.visitor().get("/?token=hunter2").await.assert_status(200);
        let ended = server.stop().await;
        let lines: Vec<_> = ended.stderr.lines().filter(|line| line.contains("salon::request")).collect();
        assert_eq!(lines.len(), usize::from(is_logged), "{environment:?}: {ended:?}");
        for line in lines {
            for part in [r#"method="GET""#, r#"path="/""#, "answered", "status=200", "took="] {
                assert!(line.contains(part), "{part}: {line}");
            }
        }
        assert!(!ended.stderr.contains("hunter2"), "{ended:?}");
    }
}

#[tokio::test]
async fn sr_67_a_json_log_is_one_object_per_line_even_if_a_handler_panics() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[("LOGGING_FORMAT", "json")]).await;
    server.visitor().get("/panic").await.assert_status(500);
    server.visitor().get("/fail").await.assert_status(500);
    let ended = server.stop().await;
    for line in ended.stderr.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(event.is_object(), "{line}");
    }
    assert!(ended.stderr.contains("panicked: "), "{ended:?}");
}

#[tokio::test]
async fn other_commands_answer_and_end() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[]).await;
    server.visitor().get("/").await;
    let commands = [
        ("route:list", "guestbook.store"),
        ("about", "file"),
        ("session:count", "1 session is stored."),
        ("session:gc", "0 expired sessions were removed."),
        ("--help", "key:generate"),
    ];
    for (command, expected) in commands {
        let mut process = std::process::Command::new(salon_tests::Binary::App.path());
        let ended = Process::start(process.arg(command).current_dir(folder.path()).env_clear()).end().await;
        assert!(ended.assert_success().stdout.contains(expected), "{command}: {ended:?}");
    }
}

#[tokio::test]
async fn a_list_of_routes_says_which_have_their_session_for_themselves() {
    let folder = AppFolder::new();
    let mut process = std::process::Command::new(salon_tests::Binary::Probe.path());
    let ended = Process::start(process.arg("route:list").current_dir(folder.path()).env_clear()).end().await;
    let listed = &ended.assert_success().stdout;
    let line = |path: &str| listed.lines().find(|line| line.split_whitespace().nth(1) == Some(path)).map(str::to_owned);
    for (path, access) in [("/alone", "(session: block)"), ("/read-only", "(session: read only)")] {
        assert!(line(path).is_some_and(|line| line.ends_with(access)), "{listed}");
    }
    assert!(line("/count").is_some_and(|line| !line.contains("session:")), "{listed}");
}

#[track_caller]
fn assert_stopped(ended: &Ended) {
    ended.assert_success();
    assert!(ended.stdout.ends_with("has stopped.\n"), "{ended:?}");
}

fn decoded(cookie: &str) -> Vec<u8> {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    BASE64_URL_SAFE_NO_PAD.decode(cookie).expect("base64url")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
