//! Clients on raw sockets that do what no browser does: they are answered or sent away, and harm nobody else.

use std::net::SocketAddr;

use salon_tests::{AppFolder, Server, within};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

async fn sent(address: SocketAddr, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(text.as_bytes()).await.expect("the server reads");
    stream
}

/// What the server sends until it closes the connection.
async fn until_closed(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset after the response is an end, too.
    let _ = within("the end of the connection", stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// The first bytes of the response.
async fn first_line(mut stream: TcpStream) -> String {
    let mut line = [0; 32];
    let read = within("a response", stream.read(&mut line)).await.expect("a response");
    String::from_utf8_lossy(&line[..read]).into_owned()
}

#[tokio::test]
async fn sr_30_a_form_of_a_stranger_is_refused_before_its_body_arrives() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[]).await;
    let head = "POST /guestbook HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                content-length: 1000\r\n\r\n";
    assert!(first_line(sent(server.address(), head).await).await.starts_with("HTTP/1.1 419"));
}

#[tokio::test]
async fn sr_62_a_body_that_never_arrives_ends_in_time() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[("SERVER_TRANSFER_TIMEOUT", "1")]).await;
    let head = "POST /json HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\nabc";
    let answer = until_closed(sent(server.address(), head).await).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn sr_62_silent_clients_of_one_address_keep_nobody_else_out() {
    let folder = AppFolder::new();
    let limits = [("SERVER_CONNECTIONS", "16"), ("SERVER_CONNECTIONS_PER_ADDRESS", "8")];
    let server = Server::probe(&folder, &limits).await;
    let ada = server.visitor();
    ada.get("/count").await.assert_see("1");
    let mut attack = Vec::new();
    for _ in 0..100 {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind("127.0.0.2:0".parse().expect("an address")).expect("an address of this machine");
        let mut stream = socket.connect(server.address()).await.expect("the system accepts it");
        // Refused connections are closed already.
        let _ = stream
            .write_all(
                b"POST /json HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n",
            )
            .await;
        attack.push(stream);
    }
    for expected in 2..5 {
        ada.get("/count").await.assert_status(200).assert_see(&expected.to_string());
    }
}

#[tokio::test]
async fn sr_64_a_head_that_can_be_read_in_two_ways_is_refused_and_nothing_behind_it_is_answered() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let marker = "GET /count HTTP/1.1\r\nhost: x\r\n\r\n";
    let heads = [
        "GET /look HTTP/1.1\r\n\r\n",
        "GET /look HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n",
        "GET /look HTTP/1.1\r\nhost: user@x\r\n\r\n",
        "GET http://y/look HTTP/1.1\r\nhost: x\r\n\r\n",
        "POST /look HTTP/1.1\r\nhost: x\r\ntransfer-encoding: xchunked\r\n\r\n",
        "POST /look HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST /look HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        "POST /look HTTP/1.1\r\nhost: x\r\ncontent-length: +1\r\n\r\na",
        "GET /look HTTP/1.1\r\nhost: x\r\nx : y\r\n\r\n",
        "GET /look HTTP/1.1\r\nhost: x\r\nx: y\r\n z: folded\r\n\r\n",
        "POST /look HTTP/1.0\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ];
    for head in heads {
        let answer = until_closed(sent(server.address(), &format!("{head}{marker}")).await).await;
        let is_refused = answer.starts_with("HTTP/1.1 400") || answer.starts_with("HTTP/1.1 421");
        assert!(is_refused || answer.starts_with("HTTP/1.0 400"), "{head:?}: {answer}");
        assert_eq!(answer.matches("HTTP/1.").count(), 1, "{head:?}: {answer}");
    }
}

#[tokio::test]
async fn sr_64_a_length_beside_chunked_counts_for_nothing_and_nothing_behind_it_is_answered() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let (length, chunked) = ("content-length: 4\r\n", "transfer-encoding: chunked\r\n");
    for framing in [[length, chunked], [chunked, length], [chunked, "content-length: no\r\n"]] {
        let head = format!(
            "POST /json HTTP/1.1\r\nhost: x\r\nconnection: keep-alive\r\ncontent-type: application/json\r\n{}\r\n",
            framing.concat()
        );
        // To a proxy that counts four bytes, the second request begins within the body.
        let body = "5\r\n[1,2]\r\n0\r\n\r\n";
        let marker = "GET /count HTTP/1.1\r\nhost: x\r\n\r\n";
        let answer = until_closed(sent(server.address(), &format!("{head}{body}{marker}")).await).await;
        assert!(
            answer.starts_with("HTTP/1.1 200 ") && answer.contains("connection: close\r\n"),
            "{framing:?}: {answer}"
        );
        assert!(answer.ends_with("\r\n\r\n[1,2]"), "{framing:?}: {answer}");
        assert_eq!(answer.matches("HTTP/1.").count(), 1, "{framing:?}: {answer}");
    }
}
