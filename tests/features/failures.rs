//! Requests that fail: the client disconnects, the handler fails or panics, or the store or a template fails.

use std::fs;

use salon_tests::{AppFolder, Connection, Gate, Method, Request, Server, Visitor, within};
use tokio::{io::AsyncWriteExt, net::TcpStream, task::JoinSet};

/// A request whose client disconnects while its handler waits at the gate.
async fn abandoned(
    server: &Server,
    visitor: &Visitor,
    method: &Method,
    path: &str,
    gate: &Gate,
) -> salon_tests::Waiting {
    let cookie = visitor.cookie("session").expect("a cookie");
    let (address, gate_query) = (server.address(), gate.query());
    let head = format!("{method} {path}&{gate_query} HTTP/1.1\r\nhost: {address}\r\ncookie: session={cookie}\r\n");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(format!("{head}content-length: 0\r\n\r\n").as_bytes()).await.expect("it is read");
    let handler = gate.arrival().await;
    drop(stream);
    handler
}

#[tokio::test]
async fn f_30_what_a_client_posted_is_done_though_it_left() {
    for driver in ["file", "memory", "ledger"] {
        let (folder, gate) = (AppFolder::new(), Gate::new().await);
        let server = Server::probe(&folder, &[("SESSION_DRIVER", driver)]).await;
        let ada = server.visitor();
        ada.get("/count").await;
        let handler = abandoned(&server, &ada, &Method::POST, "/pair?value=7", &gate).await;
        assert!(ada.get("/all").await.json()["left"].is_null(), "not before the handler has finished");
        handler.go_on().await;
        let all = within("the commit", async {
            loop {
                let all = ada.get("/all").await.json();
                if !all["left"].is_null() {
                    return all;
                }
            }
        });
        assert_eq!(all.await["right"], 7, "{driver}");
    }
}

#[tokio::test]
async fn f_30_a_page_that_nobody_waits_for_commits_nothing() {
    let (folder, gate) = (AppFolder::new(), Gate::new().await);
    let server = Server::probe(&folder, &[]).await;
    let ada = server.visitor();
    ada.get("/count").await;
    ada.get("/flash").await;
    abandoned(&server, &ada, &Method::GET, "/pair?value=7", &gate).await.gone().await;
    abandoned(&server, &ada, &Method::GET, "/flash/shown?x=1", &gate).await.gone().await;
    ada.get("/flash/shown").await.assert_see("Saved.");
    assert_eq!(ada.get("/all").await.text(), r#"{"count":1}"#);
}

#[tokio::test]
async fn f_31_a_logout_stands_though_its_request_fails() {
    for driver in ["file", "memory", "ledger"] {
        let folder = AppFolder::new();
        let server = Server::probe(&folder, &[("SESSION_DRIVER", driver)]).await;
        let ada = server.visitor();
        ada.get("/login").await;
        let thief = ada.copy();
        ada.get("/logout-and-fail").await.assert_status(500);
        for visitor in [&ada, &thief] {
            visitor.get("/user").await.assert_see("null");
            visitor.get("/all").await.assert_see("{}");
        }
    }
}

#[tokio::test]
async fn f_32_a_success_that_cannot_be_saved_is_no_success() {
    let (folder, gate) = (AppFolder::new(), Gate::new().await);
    let server = Server::probe(&folder, &[]).await;
    let (ada, aside) = (server.visitor(), folder.path().join("aside"));
    ada.get("/count").await;
    ada.get("/flash").await;
    for path in ["/count", "/regenerate", "/flash/shown"] {
        let (tab, path) = (ada.clone(), format!("{path}?{}", gate.query()));
        let request = tokio::spawn(async move { tab.get(&path).await });
        let handler = gate.arrival().await;
        fs::rename(folder.sessions(), &aside).expect("the folder can be moved");
        fs::write(folder.sessions(), "in the way").expect("a file");
        handler.go_on().await;
        let answer = request.await.expect("an answer");
        answer.assert_status(503).assert_no_cookie().assert_dont_see("renewed").assert_dont_see("Saved.");
        assert!(answer.header("retry-after").is_some(), "{:?}", answer.headers);
        fs::remove_file(folder.sessions()).expect("a file");
        fs::rename(&aside, folder.sessions()).expect("the folder can be moved back");
    }
    assert_eq!(folder.session_files().len(), 1);
    ada.get("/flash/shown").await.assert_see("Saved.");
    ada.get("/count").await.assert_see("2");
}

#[tokio::test]
async fn f_34_a_template_that_fails_shows_no_message_and_uses_none_up() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[("APP_ENV", "development")]).await;
    let ada = server.visitor();
    let entry = [("name", "Ada"), ("message", "Hello there")];
    ada.submit("/guestbook", "/guestbook", &entry).await.assert_status(303);
    // Below the place where the messages are shown.
    folder.replace("resources/views/guestbook.html", "<h2>Your entries</h2>", "{{ nobody_knows }}");
    for _ in 0..2 {
        ada.get("/guestbook").await.assert_status(500).assert_dont_see("Thank you");
    }
    folder.replace("resources/views/guestbook.html", "{{ nobody_knows }}", "<h2>Your entries</h2>");
    ada.get("/guestbook").await.assert_status(200).assert_see("Thank you, Ada!");
    ada.get("/guestbook").await.assert_status(200).assert_dont_see("Thank you");
}

#[tokio::test]
async fn sr_65_hundreds_of_panics_disturb_nobody() {
    const CLIENTS: usize = 8;
    const ROUNDS: usize = 100;
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let shared = server.visitor();
    shared.get("/count").await.assert_see("1");
    let cookie = format!("session={}", shared.cookie("session").expect("a cookie"));
    let mut work = JoinSet::new();
    for number in 0..CLIENTS {
        let (cookie, address) = (cookie.clone(), server.address());
        let mut connection =
            if number % 2 == 0 { Connection::http1(address).await } else { Connection::http2(address).await };
        work.spawn(async move {
            for _ in 0..ROUNDS {
                for (path, status) in [("/panic", 500), ("/count", 200)] {
                    let request = Request::get(path).header("cookie", &cookie).body(bytes::Bytes::new());
                    connection.send(request.expect("a request")).await.assert_status(status).assert_no_cookie();
                }
            }
        });
    }
    work.join_all().await;
    assert_eq!(shared.get("/all").await.json()["count"], 1 + CLIENTS * ROUNDS);
    let answer = shared.get("/panic").await;
    answer.assert_status(500).assert_dont_see("gave up");
}
