//! A gate where handlers wait until a test lets them through.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::within;

/// Routes of the probe that are requested with `?gate=…` stop there, so that a test knows that a request is being
/// handled, and decides how long.
#[derive(Debug)]
pub struct Gate(TcpListener);

impl Gate {
    /// A gate that no handler waits at.
    pub async fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.expect("a free port"))
    }

    /// The query that the probe needs: `gate=…`.
    #[must_use]
    pub fn query(&self) -> String {
        format!("gate={}", self.0.local_addr().expect("the listener has an address"))
    }

    /// Waits until a handler is at the gate.
    pub async fn arrival(&self) -> Waiting {
        let (stream, _) = within("a handler at the gate", self.0.accept()).await.expect("a handler");
        Waiting(stream)
    }

    /// Waits until this many handlers are at the gate.
    pub async fn arrivals(&self, count: usize) -> Vec<Waiting> {
        let mut waiting = Vec::with_capacity(count);
        for _ in 0..count {
            waiting.push(self.arrival().await);
        }
        waiting
    }
}

/// A waiting handler. Its request fails if this is dropped.
#[derive(Debug)]
pub struct Waiting(TcpStream);

impl Waiting {
    /// Lets the handler continue.
    pub async fn go_on(mut self) {
        self.0.write_all(b"!").await.expect("the handler waits");
    }

    /// Waits until the handler was dropped without having been let through.
    pub async fn gone(mut self) {
        let read = within("the handler's end", self.0.read(&mut [0])).await;
        assert!(matches!(read, Ok(0) | Err(_)), "a handler says nothing at the gate");
    }
}
