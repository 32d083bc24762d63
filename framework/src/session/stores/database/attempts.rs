//! When something is tried again.

use std::time::Duration;

use sqlx::Error;
use tokio::time::{Instant, sleep};

use super::calls::Failure;
use crate::{
    database::{DatabaseError, Pool, code},
    support::Random,
};

/// How often something is tried at most.
const MOST: u32 = 8;
/// The pause before the second attempt, and half of that before the third one.
const PAUSE: Duration = Duration::from_millis(2);

/// What a failure says of the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It was not carried out because of what others do at this moment.
    Undone,
    /// The connection is gone; it may have been carried out, or may yet be.
    Unknown,
    /// It was refused, and will be again.
    Refused,
}

impl Fate {
    /// The codes of deadlocks, of failures to serialize and of locks that were not had in time: PostgreSQL's, MySQL's, SQLite's.
    const UNDONE: &[&str] = &["40001", "40P01", "55P03", "1213", "1205", "1020", "1317", "5", "6"];
    /// The codes with which PostgreSQL and MySQL end a connection, and those of a server that only reads: another one may
    /// have taken its place.
    const UNKNOWN: &[&str] = &[
        "57P01", "57P02", "57P03", "08000", "08003", "08006", "08P01", "1053", "1927", "4031", "25006", "1290", "1792",
        "1836",
    ];

    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::Io(_) | Error::Protocol(_) | Error::WorkerCrashed | Error::Tls(_) => Self::Unknown,
            _ => match code(error) {
                Some(code) if Self::UNDONE.contains(&code.as_str()) => Self::Undone,
                Some(code) if Self::UNKNOWN.contains(&code.as_str()) => Self::Unknown,
                _ => Self::Refused,
            },
        }
    }
}

/// The attempts at one call.
pub(super) struct Attempts<'a> {
    pool: &'a Pool,
    end: Instant,
    made: u32,
    /// Whether one of them may have been carried out without our hearing of it.
    pub(super) in_doubt: bool,
}

impl<'a> Attempts<'a> {
    pub(super) fn new(pool: &'a Pool) -> Self {
        Self { pool, end: Instant::now() + pool.patience(), made: 0, in_doubt: false }
    }

    /// Returns when it is time for another attempt.
    ///
    /// # Errors
    /// There is none: it would fail again, or the time is over.
    pub(super) async fn again(&mut self, failure: Failure) -> Result<(), DatabaseError> {
        self.made += 1;
        let (error, fate) = match failure {
            Failure::Silence(error) => return Err(error),
            // Nothing was asked, so nothing can have been done.
            Failure::Connecting(error) if Fate::of(&error) == Fate::Unknown => (error, Fate::Undone),
            Failure::Connecting(error) => (error, Fate::Refused),
            Failure::Statement(error) => {
                let fate = Fate::of(&error);
                (error, fate)
            }
        };
        self.in_doubt |= fate == Fate::Unknown;
        if fate == Fate::Refused || self.made >= MOST || Instant::now() >= self.end {
            return Err(self.pool.explain(error));
        }
        if fate == Fate::Undone {
            // Not all at the same moment again.
            sleep(PAUSE.mul_f64(f64::from(self.made) * (0.5 + Random::system().fraction()))).await;
        }
        Ok(())
    }
}
