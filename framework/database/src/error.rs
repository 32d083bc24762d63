//! What can go wrong with a connection, each with what to do about it.

/// Any error, as clients of servers report theirs.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A connection that is not to be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// There is no connection of that name.
    #[error(
        "there is no connection `{name}` in config/database.toml; there are: {known}. Name one of them, or add a table [connections.{name}] with its `url`"
    )]
    UnknownConnection {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },

    /// The URL begins with a word that is none of ours. The rest of it may hold a password.
    #[error(
        "`connections.{connection}.url` in config/database.toml begins with none of sqlite:, postgres:, mysql:, redis:, rediss:, redis+unix:, redis+sentinel:, redis+cluster: and memcached:"
    )]
    UnknownScheme {
        /// The connection.
        connection: String,
    },

    /// The URL is one of ours, and something in it is wrong.
    #[error("`connections.{connection}.url` in config/database.toml cannot be used: {problem}")]
    WrongUrl {
        /// The connection.
        connection: String,
        /// What is wrong with it, and what it must look like, without its password.
        problem: String,
    },

    /// The connection leads to another kind of server than the one that is needed.
    #[error(
        "the connection `{connection}` of config/database.toml is none to {expected}: choose another one, or change its `url`"
    )]
    WrongKind {
        /// The connection.
        connection: String,
        /// What is needed, in words.
        expected: &'static str,
    },

    /// The feature for this kind of server is not compiled in.
    #[error(
        "the connection `{connection}` needs the feature `{feature}` of the crate salon: run `cargo add salon --features {feature}`, or write it in Cargo.toml: salon = {{ version = \"{version}\", features = [\"{feature}\"] }}",
        version = env!("CARGO_PKG_VERSION")
    )]
    MissingFeature {
        /// The connection.
        connection: String,
        /// The feature.
        feature: &'static str,
    },

    /// The server does not answer, or refuses us.
    #[error("the connection `{connection}` of config/database.toml does not come about: {remedy}")]
    Unreachable {
        /// The connection.
        connection: String,
        /// What to look at.
        remedy: String,
        /// What the client said.
        source: BoxError,
    },

    /// No connection became free, or came about, in time.
    #[error(
        "the connection `{connection}` of config/database.toml did not become free within {seconds} s: the server is down, or all {most} connections are in use. Look whether it runs; else give connections back before long work, or raise `max_connections`"
    )]
    NoConnection {
        /// The connection.
        connection: String,
        /// How long was waited.
        seconds: u64,
        /// The most connections that are open at once.
        most: u32,
    },

    /// Others wrote for too long, where only one can write at a time. Nothing was asked of the database.
    #[error(
        "others wrote to the database behind the connection `{connection}` of config/database.toml for longer than {seconds} s, and SQLite lets only one write at a time: end the app's own transactions sooner, or choose PostgreSQL, MySQL or MariaDB"
    )]
    NoTurn {
        /// The connection.
        connection: String,
        /// How long was waited.
        seconds: u64,
    },

    /// The answer did not come in time. Whether what was asked was done, nobody knows.
    #[error(
        "the connection `{connection}` of config/database.toml gave no answer within {seconds} s: look at what keeps the server, or raise `response_timeout`"
    )]
    NoAnswer {
        /// The connection.
        connection: String,
        /// How long was waited.
        seconds: u64,
    },

    /// The server does not write: it is a standby, or its disk is.
    #[error(
        "the database behind the connection `{connection}` of config/database.toml only reads: let its `url` lead to the primary server, or the file be written to"
    )]
    ReadOnly {
        /// The connection.
        connection: String,
        /// What the server said.
        source: BoxError,
    },

    /// The server refused what was asked.
    #[error("the connection `{connection}` of config/database.toml answered with an error")]
    Refused {
        /// The connection.
        connection: String,
        /// What the server said.
        source: BoxError,
    },
}
