//! What can go wrong with a memcached server.

use std::{io, time::Duration};

/// A request to a server that has no answer.
#[derive(Debug, thiserror::Error)]
pub enum MemcachedError {
    /// No connection comes about.
    #[error("memcached at {server} cannot be reached: is it running, and is that its address?")]
    Connect { server: String, source: io::Error },

    /// All connections are in use.
    #[error(
        "all connections to memcached at {server} were in use for {} s: raise `max_connections` in config/database.toml",
        waited.as_secs_f64()
    )]
    Busy { server: String, waited: Duration },

    /// It says nothing.
    #[error("memcached at {server} did not answer within {} s", waited.as_secs_f64())]
    Silent { server: String, waited: Duration },

    /// It ended the connection.
    #[error("memcached at {server} ended the connection in place of an answer")]
    Cut { server: String, source: io::Error },

    /// It answers something else.
    #[error("what answers at {server} does not speak as memcached does from version 1.6.18 on: {problem}")]
    Garbled { server: String, problem: &'static str },

    /// It counts no changes. Every save would be refused, or replace what others have saved since.
    #[error("memcached at {server} compares nothing before it writes: start it without -C")]
    Uncounted { server: String },

    /// It refuses.
    #[error("memcached at {server} answers: {answer}")]
    Refused { server: String, answer: String },

    /// It has no room, and throws nothing out for this. What it had under that name it has dropped.
    #[error("memcached at {server} has no room: give it more memory (-m), and start it without -M")]
    Full { server: String },

    /// It keeps nothing as large as this. It was not asked, because it would have thrown out the item that is there.
    #[error(
        "memcached at {server} keeps {limit} bytes in one item, and this one has {bytes}: start it with a larger -I"
    )]
    TooLarge { server: String, bytes: usize, limit: usize },
}
