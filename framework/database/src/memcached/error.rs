//! Errors of a memcached server.

use std::{io, time::Duration};

/// Why a command to a server failed. The text includes the cause.
#[derive(Debug, thiserror::Error)]
#[error("memcached at {server} {kind}")]
pub struct MemcachedError {
    /// The server's host and port.
    pub server: String,
    /// What went wrong.
    pub kind: MemcachedErrorKind,
}

/// What went wrong, as the rest of a sentence that begins with the server.
#[derive(Debug, thiserror::Error)]
pub enum MemcachedErrorKind {
    /// No connection can be established. No command was sent.
    #[error("cannot be reached: check that it is running and that the address is right: {0}")]
    Unreachable(io::Error),

    /// All connections were in use for this long. No command was sent.
    #[error("had no free connection for {} s: raise `max_connections` in config/database.toml", .0.as_secs_f64())]
    Busy(Duration),

    /// The server did not respond within this time.
    #[error("did not respond within {} s", .0.as_secs_f64())]
    Timeout(Duration),

    /// The server closed the connection. The command may have been carried out.
    #[error("closed the connection instead of responding: {0}")]
    Closed(#[from] io::Error),

    /// The response is not one of memcached.
    #[error("does not respond as memcached 1.6.18 or newer does: {0}")]
    Protocol(&'static str),

    /// The server does not number changes. Every save would be refused, or overwrite what others have saved since.
    #[error("does not support compare-and-swap: start it without -C")]
    WithoutCas,

    /// The server refused the command, with this response.
    #[error("responded: {0}")]
    Refused(String),

    /// The server has no memory left, and evicts nothing to make room. The previous item under that key is gone.
    #[error("is out of memory: give it more memory (-m), and start it without -M")]
    OutOfMemory,

    /// The item is too large for the server. It was not sent, because the server would have dropped the existing item.
    #[error("stores at most {limit} bytes in one item, and this one has {bytes}: start it with a larger -I")]
    TooLarge {
        /// What the item needs.
        bytes: usize,
        /// What the server stores.
        limit: usize,
    },
}

impl MemcachedErrorKind {
    /// Returns the error for a refusal with this text.
    pub(super) fn refused(text: String) -> Self {
        if text.contains("out of memory") { Self::OutOfMemory } else { Self::Refused(text) }
    }
}
