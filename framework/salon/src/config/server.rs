//! The section `server`: the limits of the server.

use salon_core::config::{Invalid, Section};
use serde::{Deserialize, Serialize};

/// The limits of the server: `config/server.toml`, or the environment variables `SERVER_…`.
///
/// Without limits, a few hundred clients that send or read nothing would occupy every place. The defaults fit an app on the
/// open internet, and an app behind a proxy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ServerConfig {
    /// The maximum number of open connections; 0 for as many as the descriptors of the process allow, at most 10 000.
    /// Default 0.
    pub connections: usize,
    /// The maximum number of open connections from one IPv4 address, or from one /64 network of IPv6; 0 for a quarter of
    /// `connections`. Set it to `connections` if every client comes through one proxy. Default 0.
    pub connections_per_address: usize,
    /// Seconds that a client may take to send the head of a request, from 1 to 3600. Default 15.
    pub header_timeout: u64,
    /// Seconds after which a connection without a request is closed, from 1 to 3600. Default 60.
    pub idle_timeout: u64,
    /// Seconds that the body of a request may take, and that a client may take to read a response, from 1 to 3600. Each
    /// `min_rate` bytes that arrive or are read give another second. Default 30.
    pub transfer_timeout: u64,
    /// Bytes per second that a client must send or read at least once `transfer_timeout` has passed, from 1. Default 500.
    pub min_rate: u64,
    /// Seconds that a handler may take until its response begins, from 1 to 86400. Afterwards the visitor gets a 503.
    /// Default 60.
    pub request_timeout: u64,
    /// How many requests that may change something are handled at the same time, from 1. They run to completion even if
    /// their clients disconnect. One address may have a quarter of them. Further ones get a 503. Default 4096.
    pub unsafe_requests: usize,
    /// Mebibytes of memory for request bodies of more than 16 KiB that are held as a whole, such as forms and JSON, from 4.
    /// One address may have a quarter of it. Further ones get a 503. Default 256.
    pub body_memory: usize,
    /// Seconds that requests in flight may take once a shutdown has begun. Default 30.
    pub shutdown_timeout: u64,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            connections: 0,
            connections_per_address: 0,
            header_timeout: 15,
            idle_timeout: 60,
            transfer_timeout: 30,
            min_rate: 500,
            request_timeout: 60,
            unsafe_requests: 4096,
            body_memory: 256,
            shutdown_timeout: 30,
        }
    }
}

impl Section for ServerConfig {
    const NAME: &'static str = "server";

    fn validate(&self) -> Result<(), Invalid> {
        for (key, seconds, most) in [
            ("header_timeout", self.header_timeout, 3_600),
            ("idle_timeout", self.idle_timeout, 3_600),
            ("transfer_timeout", self.transfer_timeout, 3_600),
            ("request_timeout", self.request_timeout, 86_400),
        ] {
            if !(1..=most).contains(&seconds) {
                return Err(Invalid::new(key, format!("must be from 1 to {most} seconds")));
            }
        }
        if self.min_rate == 0 {
            return Err(Invalid::new("min_rate", "must be at least 1 byte per second"));
        }
        if self.unsafe_requests == 0 {
            return Err(Invalid::new("unsafe_requests", "must be at least 1"));
        }
        if !(4..=1 << 20).contains(&self.body_memory) {
            return Err(Invalid::new("body_memory", "must be from 4 to 1048576 mebibytes"));
        }
        if self.shutdown_timeout > 3_600 {
            return Err(Invalid::new("shutdown_timeout", "must be at most 3600 seconds (an hour)"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_documents_every_key_with_its_default() {
        salon_core::config::assert_documented::<ServerConfig>(std::path::Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../.."
        )));
    }

    #[test]
    fn a_limit_that_would_switch_itself_off_is_refused() {
        assert!(ServerConfig { idle_timeout: 0, ..ServerConfig::default() }.validate().is_err());
        assert!(ServerConfig { min_rate: 0, ..ServerConfig::default() }.validate().is_err());
        assert!(ServerConfig::default().validate().is_ok());
    }
}
