//! Why Redis did not do what it was asked, each with what to look at.

use std::{sync::Arc, time::Duration};

use redis::{ErrorKind, RedisError};

use super::fault::code;

/// Why Redis did not do what it was asked. Addresses are named without passwords.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RedisFailure {
    /// No connection comes about.
    #[error("no connection to {address} comes about: {}", remedy(source))]
    Unreachable {
        /// Where.
        address: Arc<str>,
        /// What the client said.
        source: RedisError,
    },
    /// Nothing came back in time.
    #[error("{address} did not answer within {} s: it is busy or stopped, or the network to it is", waited.as_secs())]
    Silent {
        /// Where.
        address: Arc<str>,
        /// How long this request waited.
        waited: Duration,
    },
    /// It was refused.
    #[error("{address} refused: {}", remedy(source))]
    Refused {
        /// Where.
        address: Arc<str>,
        /// What the server said.
        source: RedisError,
    },
    /// It was sent, and nobody knows what became of it.
    #[error("the connection to {address} broke, and what became of the request is not known: {}", remedy(source))]
    Unknown {
        /// Where.
        address: Arc<str>,
        /// What the client said, or the server when it was asked again.
        source: RedisError,
    },
    /// It was done, and too few replicas have it.
    #[error(
        "{reached} of the {wanted} replicas that `wait_replicas` in config/session.toml wants have by now what {address} has: look at the replication"
    )]
    TooFewReplicas {
        /// Where.
        address: Arc<str>,
        /// How many have it.
        reached: u32,
        /// How many must.
        wanted: u32,
    },
}

impl RedisFailure {
    /// Whether the server refuses all that writes, and would still let itself be read.
    pub fn forbids_writing(&self) -> bool {
        matches!(self, Self::Refused { source, .. } if ["MISCONF", "NOREPLICAS"].contains(&code(source)))
    }

    /// What the client said, if it said more.
    pub(super) fn into_source(self) -> Box<dyn std::error::Error + Send + Sync> {
        match self {
            Self::Unreachable { source, .. } | Self::Refused { source, .. } | Self::Unknown { source, .. } => {
                source.into()
            }
            failure => failure.into(),
        }
    }
}

/// What to look at.
pub(super) fn remedy(error: &RedisError) -> &'static str {
    if error.is_timeout() {
        return "nothing answers there in time (`connect_timeout`): check the host, the port, and the firewall between";
    }
    let text = error.to_string();
    if text.contains("certificate") {
        return "its certificate is not trusted: name the file of its authority in `ca` of the connection";
    }
    if text.contains("DB index") {
        return "it has no database of that number: look at the end of the URL, and at `databases` in redis.conf";
    }
    match code(error) {
        "OOM" => "its memory is full (`maxmemory`), and it may throw nothing away: give it more, or shorten `lifetime`",
        "MISCONF" => {
            "it cannot write its snapshot to the disk, and takes no more meanwhile: look at its log and its disk"
        }
        "NOREPLICAS" => "it has fewer replicas than `min-replicas-to-write`: look at the replication",
        "READONLY" => {
            "it is a replica, and takes no writes: name the master, or let the sentinels name it (redis+sentinel://)"
        }
        "WRONGPASS" => "the user or the password in the URL is wrong",
        "NOAUTH" => "it wants a password: write redis://:password@host or redis://user:password@host",
        "NOPERM" => {
            "its user may not do that: allow GET, GETEX, SET, SCAN, EVAL and EVALSHA on the keys with the prefix, and what the scripts call"
        }
        "LOADING" | "MASTERDOWN" | "BUSY" => {
            "it is not ready: it loads its data, waits for its master, or runs a script"
        }
        "CLUSTERDOWN" | "TRYAGAIN" | "MOVED" | "ASK" => {
            "the Cluster is not whole, or moves its keys: look at CLUSTER INFO"
        }
        _ => match error.kind() {
            ErrorKind::AuthenticationFailed => "the user or the password in the URL is wrong",
            ErrorKind::MasterNameNotFoundBySentinel => {
                "the sentinels know no master of that name: check the name in the URL, and SENTINEL MASTERS"
            }
            ErrorKind::InvalidClientConfig => "its address or its certificates (`ca`) cannot be used",
            ErrorKind::Io if error.is_connection_refusal() => {
                "nothing listens there: is it running, and are host and port right?"
            }
            ErrorKind::Io | ErrorKind::ClusterConnectionNotFound => {
                "it cannot be reached: is it running, are host and port right, and is it `redis` or `rediss`?"
            }
            _ => "look at what it says",
        },
    }
}
