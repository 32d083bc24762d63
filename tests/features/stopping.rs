//! How the app stops: what load balancers, handlers, streams and connections with another protocol see of it.

use salon_tests::{AppFolder, Gate, Server, Signal, within};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A deadline that no test waits for.
const PATIENT: (&str, &str) = ("SERVER_SHUTDOWN_TIMEOUT", "3600");

async fn sent(server: &Server, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).await.expect("the server listens");
    stream.write_all(request.as_bytes()).await.expect("the server reads");
    stream
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n")
}

/// Reads until the answer contains this.
async fn heard(stream: &mut TcpStream, text: &str) -> String {
    let mut heard = Vec::new();
    let reading = async {
        while !String::from_utf8_lossy(&heard).contains(text) {
            assert!(stream.read_buf(&mut heard).await.expect("a connection") > 0, "it ended without {text:?}");
        }
    };
    within(text, reading).await;
    String::from_utf8_lossy(&heard).into_owned()
}

/// Everything that comes until the connection ends, however it ends.
async fn rest(mut stream: TcpStream) -> String {
    let mut heard = Vec::new();
    let _ = within("the end of the connection", stream.read_to_end(&mut heard)).await;
    String::from_utf8_lossy(&heard).into_owned()
}

#[tokio::test]
async fn sr_70_the_readiness_check_fails_while_connections_are_still_accepted() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[("SERVER_SHUTDOWN_DELAY", "3600")]).await;
    server.visitor().get("/health/ready").await.assert_status(200);
    let mut waiting = sent(&server, &get("/wait")).await;
    server.process().signal(Signal::TERM);
    server.process().line("Finishing the requests in flight").await;
    let ready = async {
        loop {
            let ready = server.visitor().get("/health/ready").await;
            if ready.status == 503 {
                return ready;
            }
        }
    };
    let unready = within("the readiness check", ready).await;
    assert_eq!(unready.json()["status"], "stopping");
    assert_eq!(unready.header("retry-after"), Some("1"));
    server.visitor().get("/health/live").await.assert_status(200);
    server.visitor().get("/count").await.assert_status(200).assert_see("1");
    assert!(waiting.try_read(&mut [0]).is_err(), "the shutdown has not begun");
    // Nobody has to wait for the end of the delay.
    server.process().signal(Signal::TERM);
    assert_eq!(server.end().await.status.code(), Some(143));
    assert_eq!(waiting.read(&mut [0]).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn sr_70_after_the_delay_the_app_stops_as_usual() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[("SERVER_SHUTDOWN_DELAY", "1"), PATIENT]).await;
    server.visitor().get("/count").await.assert_status(200);
    assert!(server.stop().await.assert_success().stdout.ends_with("has stopped.\n"));
}

#[tokio::test]
async fn sr_70_a_handler_that_waits_learns_that_the_server_stops() {
    let (folder, gate) = (AppFolder::new(), Gate::new().await);
    let server = Server::probe(&folder, &[PATIENT]).await;
    let waiting = sent(&server, &get(&format!("/wait?{}", gate.query()))).await;
    gate.arrival().await.go_on().await;
    server.process().signal(Signal::TERM);
    let answer = rest(waiting).await;
    assert!(answer.ends_with("goodbye"), "{answer}");
    server.end().await.assert_success();
}

#[tokio::test]
async fn sr_70_a_stream_of_events_that_never_pauses_does_not_hold_up_the_stop() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[PATIENT]).await;
    let mut events = sent(&server, &get("/events")).await;
    heard(&mut events, "tick").await;
    server.process().signal(Signal::TERM);
    let end = rest(events).await;
    assert!(end.contains("tick") && !end.ends_with("0\r\n\r\n"), "the browser asks again: {end:?}");
    server.end().await.assert_success();
}

#[tokio::test]
async fn sr_70_a_stream_that_watches_the_shutdown_ends_properly() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[PATIENT]).await;
    let mut events = sent(&server, &get("/polite-events")).await;
    heard(&mut events, "tick").await;
    server.process().signal(Signal::TERM);
    assert!(rest(events).await.ends_with("0\r\n\r\n"));
    server.end().await.assert_success();
}
