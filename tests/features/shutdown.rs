//! What clients notice of a server that is asked to stop.

use std::{collections::BTreeSet, net::SocketAddr};

use bytes::Bytes;
use salon_tests::{AppFolder, Connection, Gate, RawConnection, Request, Server, Signal};
use tokio::{net::TcpStream, sync::mpsc, task::JoinSet};

/// So that nothing ends because of the deadline.
const NO_DEADLINE: (&str, &str) = ("SERVER_SHUTDOWN_TIMEOUT", "600");

fn get(path: &str) -> Request<Bytes> {
    Request::get(path).body(Bytes::new()).expect("a request")
}

/// A client that receives events.
async fn listener(server: &Server) -> RawConnection {
    let mut listener = RawConnection::open(server.address()).await;
    listener.send("GET /quiet-events HTTP/1.1\r\nhost: x\r\n\r\n").await;
    listener.until("data: tick\n\n").await;
    listener
}

#[tokio::test]
async fn sr_70_requests_in_flight_are_answered_and_those_who_wait_for_events_are_told_to_come_again() {
    let (folder, gate) = (AppFolder::new(), Gate::new().await);
    let server = Server::probe(&folder, &[NO_DEADLINE]).await;
    let address = server.address();
    let mut events = listener(&server).await;
    let mut requests = JoinSet::new();
    for is_http2 in [false, true, false, true] {
        let path = format!("/slow?{}", gate.query());
        requests.spawn(async move {
            let mut connection = match is_http2 {
                true => Connection::http2(address).await,
                false => Connection::http1(address).await,
            };
            (is_http2, connection.send(get(&path)).await)
        });
    }
    let waiting = gate.arrivals(4).await;
    server.process().signal(Signal::TERM);
    // Without the end of the last chunk, so that the client knows that something is missing.
    let rest = events.text_until_closed().await;
    assert!(!rest.contains("0\r\n\r\n"), "{rest:?}");
    assert!(TcpStream::connect(address).await.is_err(), "it accepts nothing more");
    for handler in waiting {
        handler.go_on().await;
    }
    for (is_http2, answer) in requests.join_all().await {
        answer.assert_status(200).assert_see("done");
        assert_eq!(answer.header("connection"), (!is_http2).then_some("close"));
    }
    let ended = server.end().await;
    assert!(ended.assert_success().stdout.ends_with("has stopped.\n"), "{ended:?}");
}

/// Loads pages until the server is gone. Returns the numbers of those that arrived.
async fn pages(address: SocketAddr, first: u64, arrived: mpsc::UnboundedSender<u64>) {
    let mut connection = RawConnection::open(address).await;
    for number in first.. {
        let method = if number % 2 == 0 { "GET" } else { "POST" };
        connection
            .send(format!("{method} /large?number={number} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"))
            .await;
        let (mut answer, mut expected) = (Vec::new(), None);
        while expected.is_none_or(|expected| answer.len() < expected) {
            let Some(bytes) = connection.receive().await else {
                let shown = String::from_utf8_lossy(&answer[..answer.len().min(300)]).into_owned();
                assert!(answer.is_empty(), "{number}: {} bytes of {expected:?}: {shown}", answer.len());
                return;
            };
            answer.extend(bytes);
            let head = answer.windows(4).position(|window| window == b"\r\n\r\n");
            expected = head.map(|head| head + 4 + 100_000);
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"));
        let _ = arrived.send(number);
    }
}

/// The same over HTTP/2.
async fn pages_over_http2(address: SocketAddr, first: u64, arrived: mpsc::UnboundedSender<u64>) {
    let mut connection = Connection::http2(address).await;
    for number in first.. {
        match connection.try_send(get(&format!("/large?number={number}"))).await {
            Ok(answer) => assert_eq!((answer.status.as_u16(), answer.body.len()), (200, 100_000)),
            Err(_) => return,
        }
        let _ = arrived.send(number);
    }
}

#[tokio::test]
async fn sr_70_a_server_that_is_asked_to_stop_under_load_answers_every_request_that_it_has_begun() {
    let folder = AppFolder::new();
    for round in 0..4 {
        let server = Server::probe(&folder, &[NO_DEADLINE, ("LOGGING_LEVEL", "info")]).await;
        let mut events = listener(&server).await;
        let (sender, mut arrived) = mpsc::unbounded_channel();
        let mut clients = JoinSet::new();
        for client in 0..24 {
            clients.spawn(pages(server.address(), client * 1_000_000, sender.clone()));
        }
        for client in 24..32 {
            clients.spawn(pages_over_http2(server.address(), client * 1_000_000, sender.clone()));
        }
        drop(sender);
        let mut answered = BTreeSet::new();
        while answered.len() < 200 + 50 * round {
            answered.insert(arrived.recv().await.expect("the clients go on"));
        }
        server.process().signal(Signal::TERM);
        let ended = server.end().await;
        clients.join_all().await;
        events.until_closed().await;
        while let Some(number) = arrived.recv().await {
            answered.insert(number);
        }
        let handled = ended
            .assert_success()
            .stdout
            .lines()
            .filter_map(|line| line.strip_prefix("handled ")?.strip_suffix('.')?.parse::<u64>().ok());
        let unanswered: Vec<u64> = handled.filter(|number| !answered.contains(number)).collect();
        assert_eq!(unanswered, Vec::<u64>::new(), "handled, but not answered");
    }
}
