//! The shards of a store, and the order in which they are locked.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{
    contract::Digest,
    stores::memory::shard::{Limits, Shard},
};

/// How many shards there are. The first byte of a digest picks one.
pub(super) const SHARDS: usize = 64;
/// A million sessions and a gibibyte in all.
pub(super) const LIMITS: Limits = Limits { records: 1_000_000 / SHARDS, bytes: (1 << 30) / SHARDS };

/// All shards, each with a mutex.
pub(super) struct Shards([Mutex<Shard>; SHARDS]);

impl Default for Shards {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::new(Shard::new(LIMITS))))
    }
}

type Guard<'a> = MutexGuard<'a, Shard>;

impl Shards {
    pub(super) fn of(&self, digest: &Digest) -> Guard<'_> {
        guard(&self.0[index(digest)])
    }

    pub(super) fn at(&self, index: usize) -> Option<Guard<'_>> {
        self.0.get(index).map(guard)
    }

    /// Locks the shards of two digests, or one if both are in the same. They are locked in order, as by everything that locks
    /// more than one, so that there is no deadlock.
    pub(super) fn both(&self, first: &Digest, second: &Digest) -> (Guard<'_>, Option<Guard<'_>>) {
        let (one, two) = (index(first), index(second));
        let lower = guard(&self.0[one.min(two)]);
        let upper = (one != two).then(|| guard(&self.0[one.max(two)]));
        match upper {
            Some(upper) if one > two => (upper, Some(lower)),
            upper => (lower, upper),
        }
    }

    /// Locks one shard after the other.
    pub(super) fn each(&self) -> impl Iterator<Item = Guard<'_>> {
        self.0.iter().map(guard)
    }
}

fn index(digest: &Digest) -> usize {
    usize::from(digest.as_bytes()[0]) % SHARDS
}

fn guard(shard: &Mutex<Shard>) -> Guard<'_> {
    // Nothing can panic in the middle of a change under the lock.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
