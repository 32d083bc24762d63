//! The lock that gives a session to one request for a while.

use std::{num::NonZeroU64, time::Duration};

use salon_core::support::Timestamp;

/// The lock that gives a session to one request for a while. It is part of the record, and each change of it makes a
/// new version: a request whose lease had expired when the next one took the lock cannot save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// The request that holds it, as a random number.
    pub owner: NonZeroU64,
    /// When the lease expires. Then another request may take the lock, released or not.
    pub until: Timestamp,
}

impl Lock {
    /// True if it ends so much later than one that is requested now that its owner's clock must have been wrong.
    pub(super) fn outlasts(self, asked_for: Self) -> bool {
        self.until > asked_for.latest()
    }

    /// The latest end of another request's lock that a request for this one accepts.
    pub(crate) fn latest(self) -> Timestamp {
        const HOUR: Duration = Duration::from_secs(3600);
        self.until + HOUR
    }
}
