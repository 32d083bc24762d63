use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::StreamExt;
use http::{Method, StatusCode};
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};

use super::*;
use crate::http::{Body, BodyError, IntoResponse, Peer, Response};

/// What the handler at `/slow` does: reports that it began, waits for permission, reports that it is done.
struct Slow {
    began: mpsc::UnboundedSender<()>,
    go: Arc<tokio::sync::Semaphore>,
    done: mpsc::UnboundedSender<()>,
}

struct Running {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
    began: mpsc::UnboundedReceiver<()>,
    go: Arc<tokio::sync::Semaphore>,
    done: mpsc::UnboundedReceiver<()>,
}

async fn run(options: ServerOptions) -> Running {
    let server = Server::bind("127.0.0.1:0").await.unwrap().options(options);
    let address = server.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let (began_in, began) = mpsc::unbounded_channel();
    let (done_in, done) = mpsc::unbounded_channel();
    let go = Arc::new(tokio::sync::Semaphore::new(0));
    let slow = Arc::new(Slow { began: began_in, go: Arc::clone(&go), done: done_in });
    let service = move |request: http::Request<Body>, _: Peer| {
        let slow = Arc::clone(&slow);
        async move {
            match request.uri().path() {
                "/slow" => {
                    slow.began.send(()).unwrap();
                    slow.go.acquire().await.unwrap().forget();
                    slow.done.send(()).unwrap();
                    "slow".into_response()
                }
                "/collect" => match request.into_body().collect(1 << 20).await {
                    Ok(body) => body.len().to_string().into_response(),
                    Err(error) => crate::http::Error::from(error).into_response(),
                },
                "/events" => {
                    let first =
                        futures_util::stream::iter([Ok::<_, BodyError>(Frame::data(Bytes::from_static(b"one")))]);
                    Response::new(Body::new(StreamBody::new(first.chain(futures_util::stream::pending()))))
                }
                "/large" => vec![b'x'; 50_000_000].into_response(),
                "/echo" => Response::new(request.into_body()),
                "/panic" if request.method() == Method::POST => panic!("oh no"),
                _ => "hello".into_response(),
            }
        }
    };
    let server = tokio::spawn(server.serve(service, async { drop(stopped.await) }));
    Running { address, stop: Some(stop), server, began, go, done }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn send(&self, text: &str) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }
}

async fn rest(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
}

#[tokio::test]
async fn a_request_is_answered_over_a_socket() {
    let running = run(ServerOptions::default()).await;
    let answer = rest(running.send(&get("/")).await).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nhello"), "{answer}");
    assert!(!answer.to_lowercase().contains("server:"), "{answer}");
}

#[tokio::test]
async fn a_body_arrives_and_returns() {
    let running = run(ServerOptions::default()).await;
    let request = "POST /echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 3\r\n\r\nabc";
    assert!(rest(running.send(request).await).await.ends_with("\r\n\r\nabc"));
}

#[tokio::test]
async fn head_keeps_the_length_and_sends_no_body() {
    let running = run(ServerOptions::default()).await;
    let request = "HEAD / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let answer = rest(running.send(request).await).await;
    assert!(answer.contains("content-length: 5\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn http_2_is_spoken_without_being_asked_for() {
    let running = run(ServerOptions::default()).await;
    let mut stream = running.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0").await;
    let mut frame = [0; 9];
    stream.read_exact(&mut frame).await.unwrap();
    assert_eq!(frame[3], 4, "the first frame of an HTTP/2 server is SETTINGS");
}

#[tokio::test]
async fn sr_62_who_does_not_finish_a_head_is_sent_away() {
    let running = run(ServerOptions { header_timeout: SHORT, ..ServerOptions::default() }).await;
    for text in ["", "PRI * HT", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\r\nhost"] {
        until_closed(running.send(text).await).await;
    }
}

#[tokio::test]
async fn a_shutdown_lets_a_request_in_flight_finish() {
    let mut running = run(ServerOptions::default()).await;
    let stream = running.send("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let idle = running.connect().await;
    running.began.recv().await.unwrap();
    running.stop();
    // The idle connection is closed at once; the busy one is not.
    assert_eq!(rest(idle).await, "");
    assert!(!running.server.is_finished());
    running.go.add_permits(1);
    assert!(rest(stream).await.ends_with("slow"));
    running.server.await.unwrap();
    assert!(TcpStream::connect(running.address).await.is_err());
}

#[tokio::test]
async fn sr_70_a_stream_of_events_does_not_keep_the_server_from_stopping() {
    let mut running = run(ServerOptions::default()).await;
    let mut stream = running.send("GET /events HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let mut seen = Vec::new();
    while !seen.ends_with(b"one\r\n") {
        stream.read_buf(&mut seen).await.unwrap();
    }
    running.stop();
    timeout(Duration::from_secs(20), running.server).await.expect("the server stops").unwrap();
    let end = until_closed(stream).await;
    assert!(!end.ends_with("0\r\n\r\n"), "the client learns that this is not the end: {end:?}");
}

#[tokio::test]
async fn a_shutdown_ends_at_its_deadline() {
    let options = ServerOptions { shutdown_timeout: Duration::from_millis(20), ..ServerOptions::default() };
    let mut running = run(options).await;
    let _stream = running.send(&get("/slow")).await;
    running.began.recv().await.unwrap();
    running.stop();
    running.server.await.unwrap();
}

#[tokio::test]
async fn a_client_that_leaves_does_not_cut_a_write_short() {
    let mut running = run(ServerOptions::default()).await;
    drop(running.send("POST /slow HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n").await);
    running.began.recv().await.unwrap();
    running.stop();
    running.go.add_permits(1);
    running.server.await.unwrap();
    assert_eq!(running.done.try_recv(), Ok(()), "the shutdown waited for it");
}

#[tokio::test]
async fn a_panic_in_a_task_of_its_own_is_a_500() {
    let running = run(ServerOptions::default()).await;
    let request = "POST /panic HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let answer = rest(running.send(request).await).await;
    assert!(answer.starts_with(&format!("HTTP/1.1 {}", StatusCode::INTERNAL_SERVER_ERROR)), "{answer}");
}

/// So short that a test can wait for it.
const SHORT: Duration = Duration::from_millis(50);

/// What the server sends until it closes the connection.
async fn until_closed(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // The connection may end with or without a response, or with a reset: what counts is that it ends.
    let ended = timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    assert!(ended.is_ok(), "the connection was kept");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn sr_62_a_connection_without_a_request_is_closed() {
    let running = run(ServerOptions { idle_timeout: SHORT * 20, ..ServerOptions::default() }).await;
    let stream = running.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(until_closed(stream).await.ends_with("hello"));
}

#[tokio::test]
async fn sr_62_a_body_that_does_not_arrive_is_a_408() {
    let running = run(ServerOptions { transfer_timeout: SHORT, ..ServerOptions::default() }).await;
    for path in ["/collect", "/echo"] {
        let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\nabc");
        let answer = until_closed(running.send(&head).await).await;
        assert_eq!(answer.starts_with("HTTP/1.1 408 "), path == "/collect", "{answer}");
    }
}

#[tokio::test]
async fn sr_60_a_body_that_finds_no_memory_is_a_503_and_a_small_one_is_read() {
    let running = run(ServerOptions { body_memory: 100_000, ..ServerOptions::default() }).await;
    for (length, status) in [(1_000, "200"), (100_000, "503"), (1_000, "200")] {
        let head =
            format!("POST /collect HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
        let answer = until_closed(running.send(&(head + &"x".repeat(length))).await).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{length}: {answer}");
    }
}

#[tokio::test]
async fn a_client_that_is_still_sending_gets_the_response_that_does_not_wait_for_it() {
    let running = run(ServerOptions::default()).await;
    // A client that would rather speak another protocol is closed in the same way.
    for wish in ["", "connection: upgrade\r\nupgrade: h2c\r\n"].repeat(3) {
        let head = format!("POST / HTTP/1.1\r\nhost: x\r\n{wish}content-length: 5000000\r\n\r\n");
        let (mut reading, mut writing) = running.send(&head).await.into_split();
        let sending = tokio::spawn(async move { writing.write_all(&[b'x'; 5_000_000]).await });
        let mut answer = String::new();
        timeout(Duration::from_secs(20), reading.read_to_string(&mut answer)).await.unwrap().unwrap();
        assert!(answer.ends_with("hello"), "{answer}");
        sending.await.unwrap().expect("the rest of the body is read");
    }
}

#[tokio::test]
async fn a_client_that_asked_for_another_protocol_and_breaks_off_leaves_nothing_behind() {
    let mut running = run(ServerOptions::default()).await;
    let wish = "GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n";
    let stream = running.send(&format!("{wish}GET /slow HTTP/1.1\r\nhost: x\r\n\r\n")).await;
    running.began.recv().await.unwrap();
    stream.set_zero_linger().unwrap();
    drop(stream);
    running.stop();
    timeout(Duration::from_secs(20), running.server).await.expect("the server stops").unwrap();
}

#[tokio::test]
async fn sr_62_a_client_that_does_not_read_is_sent_away() {
    let running = run(ServerOptions { transfer_timeout: SHORT, ..ServerOptions::default() }).await;
    let mut stream = running.send(&get("/large")).await;
    // The server notices although nothing is read: a write of the client fails once the connection was reset.
    let closed = async {
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(20), closed).await.expect("the connection is closed");
}

#[tokio::test]
async fn sr_61_a_head_of_more_than_32_kilobytes_is_a_431() {
    let running = run(ServerOptions::default()).await;
    let head = format!("GET / HTTP/1.1\r\nhost: x\r\nx-large: {}\r\n\r\n", "x".repeat(40_000));
    let answer = until_closed(running.send(&head).await).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn sr_62_a_handler_that_does_not_answer_is_a_503() {
    let mut running = run(ServerOptions { request_timeout: SHORT, ..ServerOptions::default() }).await;
    for method in ["GET", "POST"] {
        let request = format!("{method} /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        let answer = until_closed(running.send(&request).await).await;
        assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("retry-after: 1\r\n"), "{answer}");
        running.began.recv().await.unwrap();
    }
    assert!(running.done.try_recv().is_err(), "the handler was stopped");
}

#[tokio::test]
async fn sr_62_if_every_place_is_taken_only_the_health_is_answered() {
    let options = ServerOptions { connections: 1, connections_per_address: 1, ..ServerOptions::default() };
    let mut running = run(options).await;
    let first = running.send(&get("/slow")).await;
    running.began.recv().await.unwrap();
    let refused = rest(running.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await).await;
    assert!(refused.starts_with("HTTP/1.1 503 ") && refused.contains("retry-after: 1\r\n"), "{refused}");
    let healthy = rest(running.send("GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await).await;
    assert!(healthy.starts_with("HTTP/1.1 200 ") && healthy.ends_with("hello"), "{healthy}");
    running.go.add_permits(1);
    assert!(rest(first).await.ends_with("slow"));
    let again = async { while !rest(running.send(&get("/")).await).await.ends_with("hello") {} };
    timeout(Duration::from_secs(20), again).await.expect("the place is free again");
}

#[tokio::test]
async fn sr_62_an_idle_connection_gives_its_place_to_a_new_one() {
    let options = ServerOptions { connections: 1, connections_per_address: 1, ..ServerOptions::default() };
    let running = run(options).await;
    let idle = running.connect().await;
    assert!(rest(running.send(&get("/")).await).await.ends_with("hello"));
    assert_eq!(until_closed(idle).await, "");
}

#[tokio::test]
async fn sr_63_requests_whose_clients_left_do_not_pile_up() {
    let mut running = run(ServerOptions { unsafe_requests: 4, ..ServerOptions::default() }).await;
    let post = "POST /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    drop(running.send(post).await);
    running.began.recv().await.unwrap();
    let refused = rest(running.send(post).await).await;
    assert!(refused.starts_with("HTTP/1.1 503 "), "one address has a quarter: {refused}");
    assert!(rest(running.send(&get("/")).await).await.ends_with("hello"), "what changes nothing is not limited");
    running.go.add_permits(2);
    running.done.recv().await.unwrap();
    let again = async {
        while rest(running.send(post).await).await.starts_with("HTTP/1.1 503 ") {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(20), again).await.expect("the permit was given back");
}

#[tokio::test]
async fn several_listeners_share_one_server_and_a_client_of_a_unix_socket_has_no_address() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("http.sock");
    let opened = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = opened.local_addr().unwrap();
    let server = Server::from_listener(opened).unwrap().also(Listener::unix(&path).unwrap()).unwrap();
    assert_eq!(server.to_string(), format!("http://{address} and unix:{}", path.display()));
    assert_eq!(server.local_addr(), Some(address));
    let (stop, stopped) = oneshot::channel::<()>();
    let service = |_, peer: Peer| async move { format!("from {:?}", peer.ip()).into_response() };
    let server = tokio::spawn(server.serve(service, async { drop(stopped.await) }));
    let mut tcp = TcpStream::connect(address).await.unwrap();
    tcp.write_all(get("/").as_bytes()).await.unwrap();
    assert!(rest(tcp).await.ends_with("from Some(127.0.0.1)"));
    let mut unix = tokio::net::UnixStream::connect(&path).await.unwrap();
    unix.write_all(get("/").as_bytes()).await.unwrap();
    let mut answer = String::new();
    unix.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("from None"), "{answer}");
    stop.send(()).unwrap();
    server.await.unwrap();
    assert!(!path.exists() && TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_port_in_use_says_what_to_do() {
    let first = Server::bind("127.0.0.1:0").await.unwrap();
    let address = first.local_addr().unwrap();
    let error = Server::bind(address).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{address} is in use: stop the program that listens there, or choose another port with APP_PORT or SERVER_LISTEN"
        )
    );
    assert!(matches!(Server::bind("192.0.2.1:0").await, Err(ServerError::Address { .. })));
}
