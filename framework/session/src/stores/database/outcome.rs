//! What an error says about whether the statement was carried out.

use salon_database::sql::error_code;
use sqlx::Error;

/// What an error says about whether the statement was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was not carried out, because of what other transactions are doing at this moment.
    Undone,
    /// The connection is lost. The statement may have been carried out, or may still be.
    Unknown,
    /// It was refused, and will be refused again.
    Refused,
}

impl Outcome {
    /// The codes for deadlocks, serialization failures and lock timeouts in PostgreSQL, MySQL and SQLite.
    const UNDONE: &[&str] = &["40001", "40P01", "55P03", "1213", "1205", "1020", "1317", "5", "6"];
    /// The codes with which PostgreSQL and MySQL end a connection, and those of a read-only server, because another one
    /// may have been promoted.
    const UNKNOWN: &[&str] = &[
        "57P01", "57P02", "57P03", "08000", "08003", "08006", "08P01", "1053", "1927", "4031", "25006", "1290", "1792",
        "1836",
    ];

    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::Io(_) | Error::Protocol(_) | Error::WorkerCrashed | Error::Tls(_) => Self::Unknown,
            _ => match error_code(error) {
                Some(code) if Self::UNDONE.contains(&code.as_str()) => Self::Undone,
                Some(code) if Self::UNKNOWN.contains(&code.as_str()) => Self::Unknown,
                _ => Self::Refused,
            },
        }
    }
}
