//! What an error of the client means for the request.

use redis::{ErrorKind, RedisError, ServerErrorKind};

/// What an error means for the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The connection broke: the request may or may not have been carried out.
    Broken,
    /// No response arrived in time: the request may still be carried out.
    Silent,
    /// Refused temporarily; nothing was done.
    Later,
    /// Refused by a server that is no longer the master; nothing was done.
    Elsewhere,
    /// The key is moving to this other node of the Cluster.
    Ask(String),
    /// The server does not know the script; nothing was done.
    UnknownScript,
    /// Refused, and a retry would not help.
    Final,
}

impl Fault {
    pub(super) fn of(error: &RedisError) -> Self {
        match error.kind() {
            ErrorKind::Io if error.is_timeout() => Self::Silent,
            ErrorKind::Io | ErrorKind::Parse | ErrorKind::Client => Self::Broken,
            ErrorKind::ClusterConnectionNotFound => Self::Later,
            ErrorKind::Server(ServerErrorKind::NoScript) => Self::UnknownScript,
            ErrorKind::Server(ServerErrorKind::Ask) => match error.redirect_node() {
                Some((address, _)) => Self::Ask(address.to_owned()),
                None => Self::Later,
            },
            _ => match code(error) {
                "MOVED" | "TRYAGAIN" | "CLUSTERDOWN" | "LOADING" | "MASTERDOWN" | "BUSY" => Self::Later,
                "READONLY" => Self::Elsewhere,
                // The request waited for replicas, and meanwhile the server became a replica itself.
                "UNBLOCKED" => Self::Broken,
                _ => Self::Final,
            },
        }
    }
}

/// Returns the word that the server's error begins with. It also unwraps errors of scripts, which servers before
/// version 7 wrap.
pub(super) fn code(error: &RedisError) -> &str {
    let code = error.code().unwrap_or_default();
    let wrapped = error.detail().filter(|_| code == "ERR").and_then(|detail| detail.split_once(": -"));
    wrapped.and_then(|(_, inner)| inner.split(' ').next()).unwrap_or(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> RedisError {
        redis::parse_redis_value(format!("-{text}\r\n").as_bytes()).unwrap().extract_error().unwrap_err()
    }

    #[test]
    fn f_10_what_nothing_was_done_for_is_asked_again_and_the_rest_is_not() {
        assert_eq!(Fault::of(&error("LOADING Redis is loading the dataset in memory")), Fault::Later);
        assert_eq!(Fault::of(&error("MOVED 7 127.0.0.1:7001")), Fault::Later);
        assert_eq!(Fault::of(&error("ASK 7 127.0.0.1:7001")), Fault::Ask("127.0.0.1:7001".to_owned()));
        assert_eq!(Fault::of(&error("NOSCRIPT No matching script")), Fault::UnknownScript);
        assert_eq!(Fault::of(&error("OOM command not allowed")), Fault::Final);
        assert_eq!(Fault::of(&std::io::Error::from(std::io::ErrorKind::TimedOut).into()), Fault::Silent);
        assert_eq!(Fault::of(&std::io::Error::from(std::io::ErrorKind::BrokenPipe).into()), Fault::Broken);
    }

    #[test]
    fn f_09_a_replica_is_told_by_its_refusal_also_inside_a_script_of_an_older_server() {
        assert_eq!(Fault::of(&error("READONLY You can't write against a read only replica.")), Fault::Elsewhere);
        let wrapped = "ERR Error running script (call to f_12ab): @user_script:4: -READONLY You can't write";
        assert_eq!(Fault::of(&error(wrapped)), Fault::Elsewhere);
    }
}
