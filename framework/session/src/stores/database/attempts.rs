//! Decides when a call is retried.

use std::{future::Future, time::Duration};

use salon_core::support::Random;
use salon_database::Pool;
use tokio::time::{Instant, sleep};

use crate::{
    contract::{BoxError, StoreError, StoreResult},
    stores::database::{calls::Failure, outcome::Outcome},
};

/// The maximum number of attempts at one call.
const MAX: u32 = 8;
/// The unit of the pause after a deadlock or a lock that was not granted. The pause grows with each attempt.
const PAUSE: Duration = Duration::from_millis(2);

/// The attempts at one call.
pub(super) struct Attempts<'a> {
    pool: &'a Pool,
    writes: bool,
    end: Instant,
    made: u32,
    /// True if one of them may have been carried out without us receiving the result.
    pub(super) in_doubt: bool,
}

impl<'a> Attempts<'a> {
    /// The attempts at a call that only reads.
    pub(super) fn to_read(pool: &'a Pool) -> Self {
        Self { pool, writes: false, end: Instant::now() + pool.response_timeout(), made: 0, in_doubt: false }
    }

    /// The attempts at a call that writes.
    pub(super) fn to_write(pool: &'a Pool) -> Self {
        Self { writes: true, ..Self::to_read(pool) }
    }

    /// Makes a call until there is a result.
    ///
    /// # Errors
    /// As for [`again`](Self::again).
    pub(super) async fn make<T, F>(&mut self, call: impl Fn() -> F + Send) -> StoreResult<T>
    where
        T: Send,
        F: Future<Output = Result<T, Failure>> + Send,
    {
        loop {
            match call().await {
                Ok(result) => return Ok(result),
                Err(failure) => self.again(failure).await?,
            }
        }
    }

    /// Waits until it is time for another attempt.
    ///
    /// # Errors
    /// Returns the error if there is to be no other attempt: it would fail again, or the time is up.
    pub(super) async fn again(&mut self, failure: Failure) -> StoreResult<()> {
        self.made += 1;
        let (error, outcome) = match failure {
            Failure::Busy(error) => return Err(self.given_up(error)),
            Failure::Silence(error) => {
                self.in_doubt = true;
                return Err(self.given_up(error));
            }
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
            return Err(self.given_up(self.pool.explain(error)));
        }
        if outcome == Outcome::Undone {
            // With a random factor, so that the competitors do not collide again.
            sleep(Random::system().jitter(PAUSE * self.made, 0.5..=1.5)).await;
        }
        Ok(())
    }

    /// Returns the error for a call that is given up for this reason.
    pub(super) fn given_up(&self, reason: impl Into<BoxError>) -> StoreError {
        if self.writes && self.in_doubt { StoreError::outcome_unknown(reason) } else { reason.into().into() }
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use std::io;

    use salon_database::{DatabaseConfig, DatabaseManager};

    use super::*;

    #[tokio::test]
    async fn f_08_a_write_that_may_have_been_carried_out_has_an_unknown_outcome_and_any_other_failed() {
        let folder = tempfile::tempdir().unwrap();
        let databases = DatabaseManager::new(folder.path().to_owned(), DatabaseConfig::default());
        let pool = databases.pool(Some("sqlite")).await.unwrap();
        let lost = || Failure::Statement(io::Error::from(io::ErrorKind::ConnectionReset).into());
        let unreachable = || Failure::Connecting(io::Error::from(io::ErrorKind::ConnectionRefused).into());
        let cases: [(bool, &(dyn Fn() -> Failure + Sync), bool); 6] = [
            (true, &lost, true),
            (true, &|| Failure::Silence(pool.response_timeout_error()), true),
            (true, &|| Failure::Busy(pool.lock_timeout_error()), false),
            (true, &unreachable, false),
            (false, &lost, false),
            (false, &|| Failure::Silence(pool.response_timeout_error()), false),
        ];
        for (writes, failure, is_unknown) in cases {
            let mut attempts = if writes { Attempts::to_write(&pool) } else { Attempts::to_read(&pool) };
            let error = attempts.make(|| std::future::ready(Err::<(), _>(failure()))).await.unwrap_err();
            assert_eq!(matches!(error, StoreError::OutcomeUnknown { .. }), is_unknown, "{:?}: {error}", failure());
        }
    }
}
