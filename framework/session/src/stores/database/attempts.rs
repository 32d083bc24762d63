//! Decides when a call is retried.

use std::time::Duration;

use salon_core::support::Random;
use salon_database::{DatabaseError, Pool};
use tokio::time::{Instant, sleep};

use crate::stores::database::{calls::Failure, outcome::Outcome};

/// The maximum number of attempts at one call.
const MAX: u32 = 8;
/// The unit of the pause after a deadlock or a lock that was not granted. The pause grows with each attempt.
const PAUSE: Duration = Duration::from_millis(2);

/// The attempts at one call.
pub(super) struct Attempts<'a> {
    pool: &'a Pool,
    end: Instant,
    made: u32,
    /// True if one of them may have been carried out without us receiving the result.
    pub(super) in_doubt: bool,
}

impl<'a> Attempts<'a> {
    pub(super) fn new(pool: &'a Pool) -> Self {
        Self { pool, end: Instant::now() + pool.response_timeout(), made: 0, in_doubt: false }
    }

    /// Waits until it is time for another attempt.
    ///
    /// # Errors
    /// Returns the error if there is to be no other attempt: it would fail again, or the time is up.
    pub(super) async fn again(&mut self, failure: Failure) -> Result<(), DatabaseError> {
        self.made += 1;
        let (error, outcome) = match failure {
            Failure::Silence(error) => return Err(error),
            // No statement was sent, so nothing can have been carried out.
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
            // With a random factor, so that the competitors do not collide again.
            sleep(Random::system().jitter(PAUSE * self.made, 0.5..=1.5)).await;
        }
        Ok(())
    }
}
