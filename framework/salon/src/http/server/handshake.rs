//! What comes before the first request of a connection.

use std::io;

#[cfg(feature = "tls")]
pub(super) use super::tls::Stream;
use super::{socket::Socket, watched_stream::WatchedStream};
use crate::http::Peer;

/// A connection: without the feature `tls`, all are plain.
#[cfg(not(feature = "tls"))]
pub(super) type Stream = WatchedStream<Socket>;

/// What comes before the first request of a connection: nothing, or the handshake of TLS.
#[derive(Clone, Default)]
pub(super) enum Handshake {
    #[default]
    None,
    #[cfg(feature = "tls")]
    Tls(tokio_rustls::TlsAcceptor),
}

impl Handshake {
    /// Returns the handshake for this client, and how it is known afterwards. Over a Unix socket there is none.
    pub(super) fn with(&self, peer: Peer) -> (Self, Peer) {
        match (self, peer) {
            #[cfg(feature = "tls")]
            (Self::Tls(_), Peer::Tcp(address)) => (self.clone(), Peer::Tls(address)),
            _ => (Self::None, peer),
        }
    }

    /// Performs the handshake.
    #[cfg_attr(not(feature = "tls"), expect(clippy::unused_async, reason = "only TLS has something to wait for"))]
    pub(super) async fn perform(self, stream: WatchedStream<Socket>) -> io::Result<Stream> {
        match self {
            #[cfg(not(feature = "tls"))]
            Self::None => Ok(stream),
            #[cfg(feature = "tls")]
            Self::None => Ok(Stream::Plain(stream)),
            // Boxed, because a plain connection is not to pay for its size.
            #[cfg(feature = "tls")]
            Self::Tls(tls) => Ok(Stream::Tls(Box::new(Box::pin(tls.accept(stream)).await?))),
        }
    }
}
