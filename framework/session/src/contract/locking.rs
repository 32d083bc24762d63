//! Decides which request gets the lock of a session. Pure.

use std::num::NonZeroU64;

use salon_core::support::Timestamp;

use crate::contract::{
    lock::Lock,
    record::{Forward, Found, Record},
    version::next_version,
};

/// The outcome of a request for a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Locking {
    /// The lock is granted. This is the record as it is now, with the lock and a new version.
    Granted(Record),
    /// Another request holds the lock, until this moment unless it releases it earlier. Nothing was written.
    Held(Timestamp),
    /// There is no live record to lock. This was found instead, and nothing was written.
    NotLive(Option<Found>),
}

impl Locking {
    /// Decides a request for a lock on what was found. The store must write the record of [`Granted`](Self::Granted).
    #[must_use]
    pub fn decide(found: Option<Found>, lock: Lock, now: Timestamp) -> Self {
        match found {
            Some(Found::Live(record)) => match record.lock {
                Some(held) if held.owner != lock.owner && now < held.until && !held.outlasts(lock) => {
                    Self::Held(held.until)
                }
                _ => {
                    let version = next_version(record.version, lock.owner.get());
                    Self::Granted(Record { lock: Some(lock), version, ..record })
                }
            },
            found => Self::NotLive(found),
        }
    }
}

/// What becomes of a request to release a lock.
///
/// ```
/// use std::num::NonZeroU64;
/// use salon_session::{Found, Record, Unlocking};
///
/// let (owner, found) = (NonZeroU64::MIN, Some(Found::Live(Record::default())));
/// assert_eq!(Unlocking::decide(found, owner), Unlocking::Unchanged(None));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unlocking {
    /// The lock was the owner's. This record, without the lock and with a new version, is to be written.
    Released(Record),
    /// There is nothing to write: the lock is not the owner's, or there is no live record. If the session has a new id by
    /// now, this is the forward to it.
    Unchanged(Option<Forward>),
}

impl Unlocking {
    /// Decides what becomes of a request of this owner to release a lock on what was found.
    #[must_use]
    pub fn decide(found: Option<Found>, owner: NonZeroU64) -> Self {
        match found {
            Some(Found::Live(record)) => record.unlocked(owner).map_or(Self::Unchanged(None), Self::Released),
            Some(Found::Moved(forward)) => Self::Unchanged(Some(forward)),
            Some(Found::Corrupt(_)) | None => Self::Unchanged(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(owner: u64, until: u64) -> Lock {
        Lock { owner: NonZeroU64::new(owner).unwrap(), until: Timestamp::from_seconds(until) }
    }

    #[test]
    fn a_lock_is_its_owner_s_until_its_end_and_then_the_next_one_s() {
        let found = |record: &Record| Some(Found::Live(record.clone()));
        let free = Record { version: 4, ..Record::default() };
        let Locking::Granted(held) = Locking::decide(found(&free), lock(1, 10), Timestamp::from_seconds(5)) else {
            panic!("a free session is given");
        };
        assert_eq!((held.version, held.lock), (next_version(4, 1), Some(lock(1, 10))));
        let later = lock(2, 20);
        let refused = Locking::decide(found(&held), later, Timestamp::from_milliseconds(9_999));
        assert_eq!(refused, Locking::Held(Timestamp::from_seconds(10)));
        assert!(matches!(Locking::decide(found(&held), later, Timestamp::from_seconds(10)), Locking::Granted(_)));
        assert_eq!(Locking::decide(None, later, Timestamp::from_seconds(5)), Locking::NotLive(None));
    }

    #[test]
    fn f_14_a_lock_of_a_clock_that_was_years_ahead_is_worth_nothing() {
        let locked = |until| Record { version: 5, lock: Some(lock(1, until)), ..Record::default() };
        let decide =
            |until| Locking::decide(Some(Found::Live(locked(until))), lock(2, 70), Timestamp::from_seconds(10));
        assert!(matches!(decide(70 + 3600), Locking::Held(_)));
        assert!(matches!(decide(71 + 3600), Locking::Granted(_)));
    }

    #[test]
    fn only_its_owner_releases_a_lock() {
        let held = Record { version: 5, lock: Some(lock(1, 10)), ..Record::default() };
        assert_eq!(held.unlocked(lock(2, 20).owner), None);
        assert_eq!(held.unlocked(lock(1, 10).owner), Some(Record { version: next_version(5, 1), ..Record::default() }));
        assert_eq!(Record::default().unlocked(lock(1, 10).owner), None);
        let free = Record { version: next_version(5, 1), ..Record::default() };
        let decide = |found, owner| Unlocking::decide(found, lock(owner, 10).owner);
        assert_eq!(decide(Some(Found::Live(held.clone())), 1), Unlocking::Released(free));
        assert_eq!(decide(Some(Found::Live(held)), 2), Unlocking::Unchanged(None));
        let (until, successor) = (Timestamp::from_seconds(9), crate::contract::id::Digest::from_bytes([1; 32]));
        let forward = Forward { successor, veiled_id: None, until, expires_at: until };
        assert_eq!(decide(Some(Found::Moved(forward.clone())), 1), Unlocking::Unchanged(Some(forward)));
        assert_eq!(decide(None, 1), Unlocking::Unchanged(None));
    }
}
