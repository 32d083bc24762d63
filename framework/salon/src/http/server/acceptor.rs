//! Accepts connections from several listeners.

use std::{
    future::poll_fn,
    io,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::sleep;

use super::{listener::Listener, socket::Socket};
use crate::http::Peer;

/// How long to wait before accepting again when the operating system has run out of file descriptors.
const PAUSE: Duration = Duration::from_secs(1);

/// Accepts connections from several listeners, in turns if several have some.
pub(super) struct Acceptor {
    listeners: Vec<Listener>,
    /// The listener to ask first.
    first: usize,
}

impl Acceptor {
    pub(super) const fn new(listeners: Vec<Listener>) -> Self {
        Self { listeners, first: 0 }
    }

    /// Accepts the next connection.
    pub(super) async fn accept(&mut self) -> (Socket, Peer) {
        loop {
            match poll_fn(|context| self.poll_accept(context)).await {
                Ok(accepted) => return accepted,
                // The client disconnected before it was accepted.
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => {}
                Err(error) => {
                    tracing::error!(%error, "cannot accept a connection: retrying in a second");
                    sleep(PAUSE).await;
                }
            }
        }
    }

    fn poll_accept(&mut self, context: &mut Context<'_>) -> Poll<io::Result<(Socket, Peer)>> {
        let count = self.listeners.len();
        for turn in 0..count {
            let asked = (self.first + turn) % count;
            if let Poll::Ready(accepted) = self.listeners[asked].poll_accept(context) {
                self.first = asked + 1;
                return Poll::Ready(accepted);
            }
        }
        Poll::Pending
    }
}
