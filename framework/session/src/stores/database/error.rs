//! Errors of the sessions table, each with what to do about it.

use crate::contract::BoxError;

/// Why sessions cannot be kept in a database.
#[derive(Debug, thiserror::Error)]
pub(super) enum TableError {
    #[error(
        "there is no table `{table}` in the database of the connection `{connection}`: run `cargo run -- session:table`, then `cargo run -- migrate{option}`"
    )]
    Missing {
        table: String,
        connection: String,
        /// The `--connection` option of `migrate` for this connection; empty for the default one.
        option: String,
    },

    #[error(
        "the table `{table}` in the database of the connection `{connection}` does not have the columns that sessions need: choose another name as `table` in config/session.toml, then run `cargo run -- session:table` and `cargo run -- migrate`"
    )]
    Other { table: String, connection: String, source: BoxError },

    #[error(
        "the server behind the connection `{connection}` accepts at most {limit} bytes at a time, and a session may have up to {most}: raise `max_allowed_packet` there, or lower `max_bytes` in config/session.toml"
    )]
    TooSmall { connection: String, limit: u64, most: usize },
}

/// A save that may or may not have been carried out.
#[derive(Debug, thiserror::Error)]
#[error(
    "the connection was lost during a save, and other requests have changed the session since: it is unknown whether the save was carried out"
)]
pub(super) struct InDoubt;

/// A row that other requests changed before every attempt.
#[derive(Debug, thiserror::Error)]
#[error("the session was changed by other requests before every attempt to change it: try again")]
pub(super) struct Contended;
