//! Why a Redis command failed, with what to check.

use std::{sync::Arc, time::Duration};

use redis::{ErrorKind, RedisError};

use super::error_class::code;

/// Why a Redis command failed. Addresses are shown without passwords.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RedisCommandError {
    /// No connection can be established.
    #[error("cannot connect to {address}: {}", remedy(source))]
    Unreachable {
        /// The address.
        address: Arc<str>,
        /// The error of the client.
        source: RedisError,
    },
    /// No reply arrived in time. The command may still be carried out.
    #[error("{address} did not respond within {} s: check whether it is busy or stopped, and the network", waited.as_secs())]
    Timeout {
        /// The address.
        address: Arc<str>,
        /// How long this command waited.
        waited: Duration,
    },
    /// The command was refused.
    #[error("{address} refused: {}", remedy(source))]
    Refused {
        /// The address.
        address: Arc<str>,
        /// The error of the server.
        source: RedisError,
    },
    /// The command was sent, and its outcome is unknown.
    #[error("the connection to {address} broke, and the outcome of the command is unknown: {}", remedy(source))]
    Unknown {
        /// The address.
        address: Arc<str>,
        /// The error of the client, or of the server when the command was retried.
        source: RedisError,
    },
    /// The command was carried out, but too few replicas have it.
    #[error(
        "only {reached} of the {wanted} replicas that `wait_replicas` in config/session.toml requires have received the write from {address}: check the replication"
    )]
    TooFewReplicas {
        /// The address.
        address: Arc<str>,
        /// How many replicas have it.
        reached: u32,
        /// How many replicas must have it.
        wanted: u32,
    },
}

impl RedisCommandError {
    /// True if the server refuses all writes, but may still allow reads.
    pub fn forbids_writing(&self) -> bool {
        matches!(self, Self::Refused { source, .. } if ["MISCONF", "NOREPLICAS"].contains(&code(source)))
    }

    /// Returns the client's error if there is one, or else this error itself.
    pub(super) fn into_source(self) -> Box<dyn std::error::Error + Send + Sync> {
        match self {
            Self::Unreachable { source, .. } | Self::Refused { source, .. } | Self::Unknown { source, .. } => {
                source.into()
            }
            error => error.into(),
        }
    }
}

/// What to check.
fn remedy(error: &RedisError) -> &'static str {
    if error.is_timeout() {
        return "nothing responds there within `connect_timeout`: check the host, the port, and any firewall in between";
    }
    let text = error.to_string();
    if text.contains("certificate") {
        return "its certificate is not trusted: set `ca` of the connection to the file of its authority";
    }
    if text.contains("DB index") {
        return "it has no database with that number: check the end of the URL, and at `databases` in redis.conf";
    }
    match code(error) {
        "OOM" => {
            "its memory is full (`maxmemory`), and it may not evict anything: give it more memory, or shorten `lifetime`"
        }
        "MISCONF" => {
            "it cannot write its snapshot to the disk, and accepts no writes until it can: check its log and its disk"
        }
        "NOREPLICAS" => "it has fewer replicas than `min-replicas-to-write`: check the replication",
        "READONLY" => {
            "it is a replica, and accepts no writes: use the address of the master, or of the sentinels (redis+sentinel://)"
        }
        "WRONGPASS" => "the user or the password in the URL is wrong",
        "NOAUTH" => "it requires a password: use redis://:password@host or redis://user:password@host",
        "NOPERM" => {
            "its user lacks the permission: allow GET, GETEX, SET, SCAN, EVAL and EVALSHA on the keys with the prefix, and the commands that the scripts call"
        }
        "LOADING" | "MASTERDOWN" | "BUSY" => {
            "it is not ready: it is loading its data, waiting for its master, or running a script"
        }
        "CLUSTERDOWN" | "TRYAGAIN" | "MOVED" | "ASK" => {
            "the Cluster is incomplete, or is moving keys: check CLUSTER INFO"
        }
        _ => match error.kind() {
            ErrorKind::AuthenticationFailed => "the user or the password in the URL is wrong",
            ErrorKind::MasterNameNotFoundBySentinel => {
                "the sentinels do not know a master with that name: check the name in the URL, and SENTINEL MASTERS"
            }
            ErrorKind::InvalidClientConfig => "its address or its certificates (`ca`) are invalid",
            ErrorKind::Io if error.is_connection_refusal() => {
                "nothing listens there: check that it is running, and that host and port are right"
            }
            ErrorKind::Io | ErrorKind::ClusterConnectionNotFound => {
                "it cannot be reached: check that it is running, that host and port are right, and whether the URL needs `redis` or `rediss`"
            }
            _ => "see the error of the server",
        },
    }
}
