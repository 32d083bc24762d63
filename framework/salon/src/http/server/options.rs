//! The limits of a server.

use std::time::Duration;

/// The limits of a server.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ServerOptions {
    /// The maximum number of open connections; further ones wait. Default: 10 000.
    pub connections: usize,
    /// How long a client may take to send the head of a request, and how long an idle connection is kept open. Default:
    /// 30 seconds.
    pub header_read_timeout: Duration,
    /// How long requests in flight may take once shutdown has begun. Default: 30 seconds.
    pub shutdown_deadline: Duration,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            connections: 10_000,
            header_read_timeout: Duration::from_secs(30),
            shutdown_deadline: Duration::from_secs(30),
        }
    }
}
