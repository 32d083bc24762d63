//! What can go wrong with the table of sessions, each with what to do about it.

use crate::contract::error::BoxError;

/// Why sessions cannot be kept in a database.
#[derive(Debug, thiserror::Error)]
pub(super) enum TableError {
    #[error(
        "there is no table `{table}` in the database of the connection `{connection}`: run `cargo run -- session:table`, then `cargo run -- migrate{option}`"
    )]
    Missing {
        table: String,
        connection: String,
        /// The option of `migrate` that names the connection; nothing for the default one.
        option: String,
    },

    #[error(
        "the table `{table}` in the database of the connection `{connection}` has other columns than sessions need: choose another name as `table` in config/session.toml, then run `cargo run -- session:table` and `cargo run -- migrate`"
    )]
    Other { table: String, connection: String, source: BoxError },

    #[error(
        "the server behind the connection `{connection}` takes {limit} bytes at a time, and a session may have {most}: raise `max_allowed_packet` there, or lower `max_bytes` in config/session.toml"
    )]
    TooSmall { connection: String, limit: u64, most: usize },
}

/// A save that may have happened, or not.
#[derive(Debug, thiserror::Error)]
#[error(
    "the connection was lost during a save, and other requests have changed the session since: whether it was saved cannot be told"
)]
pub(super) struct InDoubt;

/// A row that others changed each time.
#[derive(Debug, thiserror::Error)]
#[error("the row of the session was changed by others each time that it was to be changed")]
pub(super) struct Contended;
