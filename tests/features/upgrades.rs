//! Connections that go on with another protocol than HTTP.

use salon_tests::{AppFolder, Server, Signal, within};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const HEAD: &str = "HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n";

/// Connects, and has the connection upgraded.
async fn upgraded(server: &Server, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).await.expect("the server listens");
    // What follows the head at once already belongs to the other protocol.
    stream.write_all(format!("GET {path} {HEAD}first").as_bytes()).await.expect("the server reads");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(within("the head", stream.read_u8()).await.expect("a head"));
    }
    let head = String::from_utf8(head).expect("text");
    assert!(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n") && head.contains("upgrade: echo\r\n"), "{head}");
    hear(&mut stream, "first").await;
    stream
}

async fn hear(stream: &mut TcpStream, text: &str) {
    let mut heard = vec![0; text.len()];
    within(text, stream.read_exact(&mut heard)).await.expect("an echo");
    assert_eq!(String::from_utf8_lossy(&heard), text);
}

async fn echo(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.expect("the server reads");
    hear(stream, text).await;
}

/// Everything that comes until the connection ends, however it ends.
async fn rest(stream: &mut TcpStream) -> String {
    let mut heard = Vec::new();
    let _ = within("the end of the connection", stream.read_to_end(&mut heard)).await;
    String::from_utf8_lossy(&heard).into_owned()
}

#[tokio::test]
async fn a_handler_goes_on_with_another_protocol() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let mut stream = upgraded(&server, "/upgrade").await;
    for text in ["hello", "again"] {
        echo(&mut stream, text).await;
    }
    server.visitor().get("/upgrade").await.assert_status(426);
}

#[tokio::test]
async fn an_upgraded_connection_may_be_silent_for_longer_than_an_idle_one() {
    let folder = AppFolder::new();
    let limits = [("SERVER_HEADER_TIMEOUT", "1"), ("SERVER_IDLE_TIMEOUT", "1"), ("SERVER_TRANSFER_TIMEOUT", "1")];
    let server = Server::probe(&folder, &limits).await;
    let mut quiet = upgraded(&server, "/upgrade").await;
    // These two connections get all the time that there is for heads and for idle connections, one after the other.
    for request in ["GET /nothing HTTP/1.1\r\nhost", "GET /nothing HTTP/1.1\r\nhost: x\r\n\r\n"] {
        let mut idle = TcpStream::connect(server.address()).await.expect("the server listens");
        idle.write_all(request.as_bytes()).await.expect("the server reads");
        rest(&mut idle).await;
    }
    echo(&mut quiet, "still here").await;
}

#[tokio::test]
async fn an_upgraded_connection_counts_as_one_and_makes_no_room_for_others() {
    let folder = AppFolder::new();
    let limits = [("SERVER_CONNECTIONS", "1"), ("SERVER_CONNECTIONS_PER_ADDRESS", "1")];
    let server = Server::probe(&folder, &limits).await;
    let mut stream = upgraded(&server, "/upgrade").await;
    server.visitor().get("/nothing").await.assert_status(503);
    server.visitor().get("/health/live").await.assert_status(200);
    echo(&mut stream, "still here").await;
    drop(stream);
    within("its place", async { while server.visitor().get("/nothing").await.status == 503 {} }).await;
}

#[tokio::test]
async fn sr_70_an_upgraded_connection_ends_when_the_server_stops_and_its_handler_may_say_goodbye() {
    for (path, said) in [("/upgrade", ""), ("/upgrade?polite", "goodbye")] {
        let folder = AppFolder::new();
        let server = Server::probe(&folder, &[("SERVER_SHUTDOWN_TIMEOUT", "3600")]).await;
        let mut stream = upgraded(&server, path).await;
        server.process().signal(Signal::TERM);
        assert_eq!(rest(&mut stream).await, said, "{path}");
        server.end().await.assert_success();
    }
}
