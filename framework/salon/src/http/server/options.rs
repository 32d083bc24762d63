//! The limits of a server.

use std::time::Duration;

/// The beginning of the paths of health checks.
pub(crate) const HEALTH_CHECKS: &str = "/health/";

/// The limits of a server. In an app they come from `config/server.toml`
/// ([`ServerConfig`](crate::config::ServerConfig)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerOptions {
    /// The maximum number of open connections; 0 for as many as the descriptors of the process allow, at most 10 000.
    /// Default 0.
    pub connections: usize,
    /// The maximum number of open connections from one IPv4 address, or from one /64 network of IPv6; 0 for a quarter of
    /// `connections`. Default 0.
    pub connections_per_address: usize,
    /// How long a client may take to send the head of a request. Default: 15 seconds.
    pub header_timeout: Duration,
    /// How long a connection without a request is kept open. Default: 75 seconds, longer than proxies keep theirs.
    pub idle_timeout: Duration,
    /// How long the body of a request may take, and how long a client may take to read a response, in addition to the time
    /// that `min_rate` gives it. Default: 30 seconds.
    pub transfer_timeout: Duration,
    /// The bytes per second that a client must send or read in the long run. Default 500.
    pub min_rate: u64,
    /// How long a handler may take until its response begins. Default: 60 seconds.
    pub request_timeout: Duration,
    /// How many requests that may change something are handled at the same time. One address may have a quarter of them.
    /// Default 4096.
    pub unsafe_requests: usize,
    /// The memory for request bodies of more than 16 KiB that are held as a whole, in bytes. One address may have a
    /// quarter. Default: 256 MiB.
    pub body_memory: usize,
    /// How long requests in flight may take once a shutdown has begun. Default: 30 seconds.
    pub shutdown_timeout: Duration,
    /// The beginning of the paths that are answered even if every place for a connection is taken. Default `/health/`.
    pub reserved_path: &'static str,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            connections: 0,
            connections_per_address: 0,
            header_timeout: Duration::from_secs(15),
            idle_timeout: Duration::from_secs(75),
            transfer_timeout: Duration::from_secs(30),
            min_rate: 500,
            request_timeout: Duration::from_secs(60),
            unsafe_requests: 4096,
            body_memory: 256 << 20,
            shutdown_timeout: Duration::from_secs(30),
            reserved_path: HEALTH_CHECKS,
        }
    }
}

impl ServerOptions {
    /// How long a transfer of this many bytes may take.
    pub(super) fn transfer_time(&self, bytes: u64) -> Duration {
        self.transfer_timeout + Duration::from_millis(bytes.saturating_mul(1_000) / self.min_rate.max(1))
    }
}
