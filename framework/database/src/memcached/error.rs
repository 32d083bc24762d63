//! Errors of a memcached server.

use std::{io, time::Duration};

/// A request to a server that failed.
#[derive(Debug, thiserror::Error)]
pub enum MemcachedError {
    /// No connection can be established.
    #[error("memcached at {server} cannot be reached: check that it is running and that the address is right")]
    Connect { server: String, source: io::Error },

    /// All connections are in use.
    #[error(
        "all connections to memcached at {server} have been in use for {} s: raise `max_connections` in config/database.toml",
        waited.as_secs_f64()
    )]
    Busy { server: String, waited: Duration },

    /// The server did not respond.
    #[error("memcached at {server} did not respond within {} s", waited.as_secs_f64())]
    Silent { server: String, waited: Duration },

    /// The server closed the connection.
    #[error("memcached at {server} closed the connection instead of responding")]
    Cut { server: String, source: io::Error },

    /// The response is not one of memcached.
    #[error("the server at {server} does not respond as memcached 1.6.18 or newer does: {problem}")]
    Garbled { server: String, problem: &'static str },

    /// The server does not number changes. Every save would be refused, or overwrite what others have saved since.
    #[error("memcached at {server} does not support compare-and-swap: start it without -C")]
    Uncounted { server: String },

    /// The server refused the request.
    #[error("memcached at {server} responded: {answer}")]
    Refused { server: String, answer: String },

    /// The server has no memory left, and evicts nothing to make room. The previous item under that name is gone.
    #[error("memcached at {server} is out of memory: give it more memory (-m), and start it without -M")]
    Full { server: String },

    /// The item is too large for the server. It was not sent, because the server would have dropped the existing item.
    #[error(
        "memcached at {server} stores at most {limit} bytes in one item, and this one has {bytes}: start it with a larger -I"
    )]
    TooLarge { server: String, bytes: usize, limit: usize },
}
