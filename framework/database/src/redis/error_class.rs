//! What an error of the client means for the command.

use redis::{ErrorKind, RedisError, ServerErrorKind};

/// What an error means for the command: whether it was carried out, and how to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ErrorClass {
    /// The connection was lost: the command may or may not have been carried out.
    Disconnected,
    /// No reply arrived in time: the command may still be carried out.
    Timeout,
    /// Refused temporarily; nothing was done.
    TryLater,
    /// Refused by a server that is no longer the master; nothing was done.
    NotMaster,
    /// The key is moving to this other node of the Cluster.
    Ask(String),
    /// The server does not know the script; nothing was done.
    UnknownScript,
    /// Refused, and a retry would not help.
    Permanent,
}

impl ErrorClass {
    pub(super) fn of(error: &RedisError) -> Self {
        match error.kind() {
            ErrorKind::Io if error.is_timeout() => Self::Timeout,
            ErrorKind::Io | ErrorKind::Parse | ErrorKind::Client => Self::Disconnected,
            ErrorKind::ClusterConnectionNotFound => Self::TryLater,
            ErrorKind::Server(ServerErrorKind::NoScript) => Self::UnknownScript,
            ErrorKind::Server(ServerErrorKind::Ask) => match error.redirect_node() {
                Some((address, _)) => Self::Ask(address.to_owned()),
                None => Self::TryLater,
            },
            _ => match code(error) {
                "MOVED" | "TRYAGAIN" | "CLUSTERDOWN" | "LOADING" | "MASTERDOWN" | "BUSY" => Self::TryLater,
                "READONLY" => Self::NotMaster,
                // The command waited for replicas, and meanwhile the server became a replica itself.
                "UNBLOCKED" => Self::Disconnected,
                _ => Self::Permanent,
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
    fn f_10_only_a_command_that_was_not_carried_out_is_tried_later() {
        assert_eq!(ErrorClass::of(&error("LOADING Redis is loading the dataset in memory")), ErrorClass::TryLater);
        assert_eq!(ErrorClass::of(&error("MOVED 7 127.0.0.1:7001")), ErrorClass::TryLater);
        assert_eq!(ErrorClass::of(&error("ASK 7 127.0.0.1:7001")), ErrorClass::Ask("127.0.0.1:7001".to_owned()));
        assert_eq!(ErrorClass::of(&error("NOSCRIPT No matching script")), ErrorClass::UnknownScript);
        assert_eq!(ErrorClass::of(&error("OOM command not allowed")), ErrorClass::Permanent);
        assert_eq!(ErrorClass::of(&std::io::Error::from(std::io::ErrorKind::TimedOut).into()), ErrorClass::Timeout);
        assert_eq!(
            ErrorClass::of(&std::io::Error::from(std::io::ErrorKind::BrokenPipe).into()),
            ErrorClass::Disconnected
        );
    }

    #[test]
    fn f_09_a_replica_is_recognized_by_its_refusal_also_inside_a_script_of_an_older_server() {
        assert_eq!(
            ErrorClass::of(&error("READONLY You can't write against a read only replica.")),
            ErrorClass::NotMaster
        );
        let wrapped = "ERR Error running script (call to f_12ab): @user_script:4: -READONLY You can't write";
        assert_eq!(ErrorClass::of(&error(wrapped)), ErrorClass::NotMaster);
    }
}
