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

use crate::{Answer, issued, within};

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

    /// Connects with HTTP/2, with prior knowledge.
    pub async fn http2(address: SocketAddr) -> Self {
        let handshake = http2::handshake(TokioExecutor::new(), stream(address).await);
        let (sender, connection) = handshake.await.expect("a handshake");
        tokio::spawn(connection);
        Self { address, sender: Sender::Http2(sender) }
    }

    /// Connects with HTTP/1.1 to a server that may be gone.
    pub async fn try_http1(address: SocketAddr) -> Option<Self> {
        let stream = within("a connection", TcpStream::connect(address)).await.ok()?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
        tokio::spawn(connection);
        Some(Self { address, sender: Sender::Http1(sender) })
    }

    /// Sends a request for a path, and waits for the complete response.
    pub async fn send(&mut self, request: Request<Bytes>) -> Answer {
        self.try_send(request).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Sends a request to a server that may be killed before it has responded.
    ///
    /// # Errors
    /// Returns an error if there was no complete response.
    pub async fn try_send(&mut self, mut request: Request<Bytes>) -> Result<Answer, String> {
        let what = format!("{} {}", request.method(), request.uri());
        let response = match &mut self.sender {
            Sender::Http1(sender) => {
                let host = self.address.to_string().parse().expect("an address is a valid header");
                request.headers_mut().entry("host").or_insert(host);
                within(&what, sender.send_request(request.map(Full::new))).await
            }
            Sender::Http2(sender) => {
                let absolute = format!("http://{}{}", self.address, request.uri());
                *request.uri_mut() = absolute.parse().expect("a URL");
                within(&what, sender.send_request(request.map(Full::new))).await
            }
        };
        let response = response.map_err(|error| format!("{what}: {error:?}"))?;
        let answer = answer(&what, response).await.map_err(|error| format!("{what}: {error:?}"))?;
        issued::note_answer(&answer);
        Ok(answer)
    }
}

async fn stream(address: SocketAddr) -> TokioIo<TcpStream> {
    let stream = within("a connection", TcpStream::connect(address)).await;
    TokioIo::new(stream.unwrap_or_else(|error| panic!("{address}: {error}")))
}

async fn answer(what: &str, response: Response<Incoming>) -> hyper::Result<Answer> {
    let (head, body) = response.into_parts();
    let body = within(what, body.collect()).await?.to_bytes();
    Ok(Answer { status: head.status, version: head.version, headers: head.headers, body })
}
