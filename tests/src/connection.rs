//! One connection to a server.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::Incoming,
    client::conn::{http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::{Answer, within};

type Body = Full<Bytes>;

/// One connection, for any number of requests.
#[derive(Debug)]
pub struct Connection {
    address: SocketAddr,
    sender: Sender,
}

#[derive(Debug)]
enum Sender {
    Http1(http1::SendRequest<Body>),
    Http2(http2::SendRequest<Body>),
}

impl Connection {
    /// Connects with HTTP/1.1.
    pub async fn http1(address: SocketAddr) -> Self {
        let (sender, connection) = http1::handshake(stream(address).await).await.expect("a handshake");
        tokio::spawn(connection);
        Self { address, sender: Sender::Http1(sender) }
    }

    /// Connects with HTTP/2, known to be spoken.
    pub async fn http2(address: SocketAddr) -> Self {
        let handshake = http2::handshake(TokioExecutor::new(), stream(address).await);
        let (sender, connection) = handshake.await.expect("a handshake");
        tokio::spawn(connection);
        Self { address, sender: Sender::Http2(sender) }
    }

    /// Sends a request for a path, and waits for the whole answer.
    pub async fn send(&mut self, mut request: Request<Bytes>) -> Answer {
        let what = format!("{} {}", request.method(), request.uri());
        let response = match &mut self.sender {
            Sender::Http1(sender) => {
                let host = self.address.to_string().parse().expect("an address is a header");
                request.headers_mut().entry("host").or_insert(host);
                within(&what, sender.send_request(request.map(Full::new))).await
            }
            Sender::Http2(sender) => {
                let absolute = format!("http://{}{}", self.address, request.uri());
                *request.uri_mut() = absolute.parse().expect("a URL");
                within(&what, sender.send_request(request.map(Full::new))).await
            }
        };
        answer(&what, response.unwrap_or_else(|error| panic!("{what}: {error:?}"))).await
    }
}

async fn stream(address: SocketAddr) -> TokioIo<TcpStream> {
    let stream = within("a connection", TcpStream::connect(address)).await;
    TokioIo::new(stream.unwrap_or_else(|error| panic!("{address}: {error}")))
}

async fn answer(what: &str, response: Response<Incoming>) -> Answer {
    let (head, body) = response.into_parts();
    let body = within(what, body.collect()).await.unwrap_or_else(|error| panic!("{what}: {error}")).to_bytes();
    Answer { status: head.status, version: head.version, headers: head.headers, body }
}
