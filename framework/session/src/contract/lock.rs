//! A session given to one request for a while.

use std::{num::NonZeroU64, time::Duration};

use salon_core::support::Timestamp;

/// A session given to one request for a while. It is part of the record: each change of it is a version, so a holder whose
/// time was over when the next one came cannot save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// The request, as a random number.
    pub owner: NonZeroU64,
    /// When it is over, released or not.
    pub until: Timestamp,
}

impl Lock {
    /// Whether it ends so much later than one that is asked for now that its owner's clock was wrong.
    pub(super) fn outlasts(self, asked_for: Self) -> bool {
        self.until > asked_for.latest()
    }

    /// The latest end of somebody else's lock that is believed by who asks for this one.
    pub(crate) fn latest(self) -> Timestamp {
        const HOUR: Duration = Duration::from_secs(3600);
        self.until + HOUR
    }
}
