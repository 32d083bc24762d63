//! The shards of a store, and the order in which they are locked.

use std::{
    cmp::Ordering,
    sync::{Mutex, MutexGuard, PoisonError},
};

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

/// The shards of two digests, locked together.
pub(super) struct Both<'a> {
    pub(super) first: MutexGuard<'a, Shard>,
    /// `None` if both digests are in the same shard.
    second: Option<MutexGuard<'a, Shard>>,
}

impl Both<'_> {
    pub(super) fn second(&mut self) -> &mut Shard {
        self.second.as_mut().unwrap_or(&mut self.first)
    }
}

impl Shards {
    pub(super) fn of(&self, digest: &Digest) -> MutexGuard<'_, Shard> {
        guard(&self.0[index(digest)])
    }

    pub(super) fn at(&self, index: usize) -> Option<MutexGuard<'_, Shard>> {
        self.0.get(index).map(guard)
    }

    /// Locks the shards in order, as everything that locks more than one does, so that there is no deadlock.
    pub(super) fn both(&self, first: &Digest, second: &Digest) -> Both<'_> {
        match index(first).cmp(&index(second)) {
            Ordering::Equal => Both { first: self.of(first), second: None },
            Ordering::Less => {
                let first = self.of(first);
                Both { first, second: Some(self.of(second)) }
            }
            Ordering::Greater => {
                let second = Some(self.of(second));
                Both { first: self.of(first), second }
            }
        }
    }

    /// Locks one shard after the other.
    pub(super) fn each(&self) -> impl Iterator<Item = MutexGuard<'_, Shard>> {
        self.0.iter().map(guard)
    }
}

fn index(digest: &Digest) -> usize {
    usize::from(digest.as_bytes()[0]) % SHARDS
}

fn guard(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    // Nothing can panic in the middle of a change under the lock.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
