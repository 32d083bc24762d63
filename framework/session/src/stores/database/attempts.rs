//! When something is tried again.

use std::time::Duration;

use salon_core::support::Random;
use salon_database::{DatabaseError, Pool};
use tokio::time::{Instant, sleep};

use crate::stores::database::{calls::Failure, outcome::Outcome};

/// How often something is tried at most.
const MAX: u32 = 8;
/// The pause before the second attempt, and half of that before the third one.
const PAUSE: Duration = Duration::from_millis(2);

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
        let (error, outcome) = match failure {
            Failure::Silence(error) => return Err(error),
            // Nothing was asked, so nothing can have been done.
            Failure::Connecting(error) if Outcome::of(&error) == Outcome::Unknown => (error, Outcome::Undone),
            Failure::Connecting(error) => (error, Outcome::Refused),
            Failure::Statement(error) => {
                let outcome = Outcome::of(&error);
                (error, outcome)
            }
        };
        self.in_doubt |= outcome == Outcome::Unknown;
        if outcome == Outcome::Refused || self.made >= MAX || Instant::now() >= self.end {
            return Err(self.pool.explain(error));
        }
        if outcome == Outcome::Undone {
            // Not all at the same moment again.
            sleep(PAUSE.mul_f64(f64::from(self.made) * (0.5 + Random::system().fraction()))).await;
        }
        Ok(())
    }
}
