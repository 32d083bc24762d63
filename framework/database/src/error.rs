//! Errors of a connection, each with a remedy.

use salon_core::config::did_you_mean;

/// Any error, as the clients of servers report it.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A connection that cannot be used. Each message names the connection and says what to do, and none shows a password.
///
/// ```
/// use salon_database::{DatabaseConfig, DatabaseError, DatabaseManager};
///
/// let databases = DatabaseManager::new("".into(), DatabaseConfig::default());
/// let refused = databases.connection(Some("postgers")).expect_err("a misspelled name");
/// assert!(matches!(refused, DatabaseError::UnknownConnection { .. }));
/// assert!(refused.to_string().contains("did you mean `postgres`?"));
/// assert!(refused.to_string().contains("the connections are: memcached, mysql, postgres, redis, sqlite"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// There is no connection with this name.
    #[error(
        "there is no connection `{name}` in config/database.toml{}; the connections are: {known}. Use one of them, or add a table [connections.{name}] with its `url`",
        did_you_mean(name, known.split(", "))
    )]
    UnknownConnection {
        /// The requested name.
        name: String,
        /// The names that exist.
        known: String,
    },

    /// The URL is invalid. It is not shown, because it may hold a password.
    #[error("`connections.{connection}.url` in config/database.toml is invalid: {problem}")]
    WrongUrl {
        /// The connection.
        connection: String,
        /// What is wrong with it, and what it must look like.
        problem: String,
    },

    /// The connection leads to a different kind of server from the one that is needed.
    #[error(
        "the connection `{connection}` of config/database.toml does not lead to {expected}: use another connection, or change its `url`"
    )]
    WrongKind {
        /// The connection.
        connection: String,
        /// The kind of server that is needed, in words.
        expected: &'static str,
    },

    /// The feature for this kind of server is not enabled.
    #[error(
        "the connection `{connection}` needs the feature `{feature}` of the crate salon: run `cargo add salon --features {feature}`, or add this to Cargo.toml: salon = {{ version = \"{version}\", features = [\"{feature}\"] }}",
        version = env!("CARGO_PKG_VERSION")
    )]
    MissingFeature {
        /// The connection.
        connection: String,
        /// The feature.
        feature: &'static str,
    },

    /// The server is unreachable, or rejects the connection.
    #[error("cannot connect to `{connection}` of config/database.toml: {remedy}")]
    Unreachable {
        /// The connection.
        connection: String,
        /// What to check.
        remedy: String,
        /// The error of the client.
        source: BoxError,
    },

    /// No connection became free, or could be established, in time.
    #[error(
        "no connection to `{connection}` of config/database.toml became free within {seconds} s: the server is down, or all {max_connections} connections are in use. Check that the server is running; otherwise release connections before long work, or raise `max_connections`"
    )]
    PoolTimeout {
        /// The connection.
        connection: String,
        /// The time waited, in seconds.
        seconds: u64,
        /// The maximum number of open connections.
        max_connections: u32,
    },

    /// Other writers held the lock for too long, where only one can write at a time. The statement was not executed.
    #[error(
        "other writers locked the database of the connection `{connection}` of config/database.toml for longer than {seconds} s, and SQLite allows only one writer at a time: keep the app's own transactions shorter, or choose PostgreSQL, MySQL or MariaDB"
    )]
    LockTimeout {
        /// The connection.
        connection: String,
        /// The time waited, in seconds.
        seconds: u64,
    },

    /// The response did not arrive in time. It is unknown whether the request was carried out.
    #[error(
        "the connection `{connection}` of config/database.toml did not respond within {seconds} s: find out what slows the server down, or raise `response_timeout`"
    )]
    ResponseTimeout {
        /// The connection.
        connection: String,
        /// The time waited, in seconds.
        seconds: u64,
    },

    /// The server does not accept writes: it is a standby, or its disk is read-only.
    #[error(
        "the database of the connection `{connection}` of config/database.toml is read-only: set its `url` to the primary server, or make the file writable"
    )]
    ReadOnly {
        /// The connection.
        connection: String,
        /// The error of the server.
        source: BoxError,
    },

    /// The server refused the request.
    #[error("the connection `{connection}` of config/database.toml reported an error")]
    Refused {
        /// The connection.
        connection: String,
        /// The error of the server.
        source: BoxError,
    },
}

impl DatabaseError {
    pub(crate) fn wrong_url(connection: &str, problem: impl Into<String>) -> Self {
        Self::WrongUrl { connection: connection.to_owned(), problem: problem.into() }
    }

    #[cfg(any(feature = "_sql", feature = "redis", feature = "memcached"))]
    pub(crate) fn unreachable(connection: &str, remedy: impl Into<String>, source: impl Into<BoxError>) -> Self {
        Self::Unreachable { connection: connection.to_owned(), remedy: remedy.into(), source: source.into() }
    }
}
