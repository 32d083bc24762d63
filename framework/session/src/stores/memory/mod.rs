//! The `memory` driver (alias `array`): sessions in the memory of one process, for tests and for apps that run alone.
//!
//! # What a record looks like
//!
//! A record is a [`Record`] in a hash map, under the SHA-256 of the session's id. Nothing is encoded. There are 64 maps
//! (shards); the first byte of the digest picks one. The forward to the successor of a renewed session is an entry of
//! its own.
//!
//! # Writes and races
//!
//! Each shard has a mutex, which is held for one lookup or change and never over an `await`. Comparing the version and
//! writing happen under it, so to other requests each call is a single step. An update over another version than the
//! expected one writes nothing.
//!
//! A renewal holds the shards of both digests. It always locks them in the order of the shards, so two renewals cannot
//! deadlock. Operations that go through all sessions lock one shard after the other, except for ending the sessions of
//! a user, which locks all of them: otherwise a session that is renewed meanwhile could move to a shard that was
//! searched already.
//!
//! # How a session ends
//!
//! `destroy` removes the entry, unless it is a forward. Updates, touches, locks and rotations need a live record under
//! the lock, so a late request finds nothing and creates nothing.
//!
//! # Limits
//!
//! * Nothing survives the process, and processes share nothing.
//! * The store holds a million sessions or a gibibyte, in equal parts per shard. When a shard is full, it evicts
//!   expired guest sessions first, then the guests that have been idle for longest, and finally expired sessions of
//!   users. Live sessions of users are never evicted: if only they are left, `create` and `update` return an error, and
//!   nothing has changed. If live guest sessions were evicted, a warning (`session.evicted`) is logged.
//! * The collector removes expired records one shard at a time.
//!
//! # Sources
//!
//! There is no server. The guarantees follow from the standard library's documentation of `std::sync::Mutex`.

mod digest_hasher;
mod shard;

use std::{
    cmp::Ordering,
    num::NonZeroU64,
    sync::{Mutex, MutexGuard, PoisonError},
};

use shard::{Limits, Shard, is_expired};

use crate::{
    contract::error::StoreResult,
    contract::{
        id::Digest,
        lock::Lock,
        locking::Locking,
        record::{Forward, Found, Record},
        store::{Collected, Creation, Listing, Page, Store, Update},
    },
};
use salon_core::support::Timestamp;

const SHARDS: usize = 64;
/// A million sessions, and a gibibyte.
const LIMITS: Limits = Limits { records: 1_000_000 / SHARDS, bytes: (1 << 30) / SHARDS };

/// Keeps sessions in this process, in 64 maps with a mutex each, which is held for a lookup and never over an `await`.
/// Holds at most a million sessions or a gibibyte, and then evicts the longest-idle guests first. To other requests
/// each call is a single step, except for calls that go through all sessions and end none that is alive.
pub struct MemoryStore {
    shards: [Mutex<Shard>; SHARDS],
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self { shards: std::array::from_fn(|_| Mutex::new(Shard::new(LIMITS))) }
    }
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

/// The shards of two digests, locked together.
struct Both<'a> {
    first: MutexGuard<'a, Shard>,
    /// `None` if both digests are in the same shard.
    second: Option<MutexGuard<'a, Shard>>,
}

impl Both<'_> {
    fn second(&mut self) -> &mut Shard {
        self.second.as_mut().unwrap_or(&mut self.first)
    }
}

impl MemoryStore {
    fn shard(&self, digest: &Digest) -> MutexGuard<'_, Shard> {
        guard(&self.shards[index(digest)])
    }

    /// Locks the shards in order, as everything that locks more than one does, so that there is no deadlock.
    fn both(&self, first: &Digest, second: &Digest) -> Both<'_> {
        match index(first).cmp(&index(second)) {
            Ordering::Equal => Both { first: self.shard(first), second: None },
            Ordering::Less => {
                let first = self.shard(first);
                Both { first, second: Some(self.shard(second)) }
            }
            Ordering::Greater => {
                let second = Some(self.shard(second));
                Both { first: self.shard(first), second }
            }
        }
    }

    fn shards(&self) -> impl Iterator<Item = MutexGuard<'_, Shard>> {
        self.shards.iter().map(guard)
    }
}

fn index(digest: &Digest) -> usize {
    usize::from(digest.as_bytes()[0]) % SHARDS
}

fn guard(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    // Nothing can panic halfway through a change under the lock.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store for MemoryStore {
    async fn load(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        Ok(self.shard(digest).get(digest).cloned())
    }

    async fn create(&self, digest: &Digest, record: Record) -> StoreResult<Creation> {
        let mut shard = self.shard(digest);
        if shard.get(digest).is_some() {
            return Ok(Creation::Taken);
        }
        let now = record.active_at;
        shard.put(digest, Found::Live(record), now)?;
        Ok(Creation::Created)
    }

    async fn update(&self, digest: &Digest, expected: u64, record: Record) -> StoreResult<Update> {
        let mut shard = self.shard(digest);
        if let Some(answer) = Update::refusal(shard.get(digest), expected) {
            return Ok(answer);
        }
        let now = record.active_at;
        shard.put(digest, Found::Live(record), now)?;
        Ok(Update::Saved)
    }

    async fn touch(&self, digest: &Digest, active_at: Timestamp, expires_at: Timestamp) -> StoreResult<bool> {
        let mut shard = self.shard(digest);
        let Some(record) = shard.live(digest) else { return Ok(false) };
        let _ = record.touch(active_at, expires_at);
        Ok(true)
    }

    async fn rotate(
        &self,
        old: &Digest,
        expected: u64,
        new: &Digest,
        record: Record,
        forward: Forward,
    ) -> StoreResult<Update> {
        let mut shards = self.both(old, new);
        if let Some(answer) = Update::refusal(shards.first.get(old), expected) {
            return Ok(answer);
        }
        let now = record.active_at;
        // Does not replace the old record if both are in one map, because a renewal could then evict a session.
        shards.second().put_beside(old, new, Found::Live(record), now)?;
        // A forward needs less room than the record did.
        shards.first.put(old, Found::Moved(forward), now)?;
        Ok(Update::Saved)
    }

    async fn lock(&self, digest: &Digest, lock: Lock, now: Timestamp) -> StoreResult<Locking> {
        let mut shard = self.shard(digest);
        let locking = Locking::decide(shard.get(digest).cloned(), lock, now);
        if let (Locking::Granted(granted), Some(record)) = (&locking, shard.live(digest)) {
            record.clone_from(granted);
        }
        Ok(locking)
    }

    async fn unlock(&self, digest: &Digest, owner: NonZeroU64) -> StoreResult<Option<Forward>> {
        let mut shard = self.shard(digest);
        if let Some(Found::Moved(forward)) = shard.get(digest) {
            return Ok(Some(forward.clone()));
        }
        if let Some(record) = shard.live(digest)
            && let Some(unlocked) = record.unlocked(owner)
        {
            *record = unlocked;
        }
        Ok(None)
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        let mut shard = self.shard(digest);
        match shard.get(digest) {
            Some(Found::Moved(forward)) => Ok(Some(Found::Moved(forward.clone()))),
            _ => Ok(shard.remove(digest)),
        }
    }

    async fn collect(&self, now: Timestamp, batch: usize) -> StoreResult<Collected> {
        let mut left = batch;
        for mut shard in self.shards() {
            let mut batch = left;
            left -= shard.retain(|_, found| {
                let stays = batch == 0 || !is_expired(found, now);
                batch -= usize::from(!stays);
                stays
            });
        }
        Ok(Collected { removed: (batch - left) as u64, more: left == 0 })
    }

    async fn count(&self, now: Timestamp) -> StoreResult<u64> {
        let live = |found: &Found| matches!(found, Found::Live(_)) && !is_expired(found, now);
        Ok(self.shards().map(|shard| shard.iter().filter(|(_, found)| live(found)).count() as u64).sum())
    }

    async fn user_sessions(&self, user: &str) -> StoreResult<Vec<Listing>> {
        let mut listings = Vec::new();
        for shard in self.shards() {
            for (digest, found) in shard.iter() {
                if let Found::Live(record) = found
                    && record.user.as_deref() == Some(user)
                {
                    listings.push(Listing::of(*digest, record));
                }
            }
        }
        Ok(listings)
    }

    async fn end_user_sessions(&self, user: &str, except: Option<&Digest>) -> StoreResult<u64> {
        let mut ended = 0;
        // All shards at once: otherwise a session that is renewed meanwhile could move from a map not yet searched to
        // one that was.
        for shard in &mut self.shards().collect::<Vec<_>>() {
            ended += shard.retain(|digest, found| {
                let is_theirs = matches!(found, Found::Live(record) if record.user.as_deref() == Some(user));
                !is_theirs || except == Some(digest)
            }) as u64;
        }
        Ok(ended)
    }

    async fn scan(&self, from: Option<&str>, _batch: usize) -> StoreResult<Page> {
        let index = from.map_or(Ok(0), str::parse::<usize>)?;
        let Some(shard) = self.shards.get(index) else { return Ok(Page::default()) };
        let found = guard(shard).iter().map(|(digest, found)| (*digest, found.clone())).collect();
        Ok(Page { found, next: (index + 1 < SHARDS).then(|| (index + 1).to_string()) })
    }

    async fn close(&self) -> StoreResult<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn record(expires_at: u64) -> Record {
        let (active_at, expires_at) = (Timestamp::from_seconds(10), Timestamp::from_seconds(expires_at));
        Record { version: 1, active_at, expires_at, ..Record::default() }
    }

    #[test]
    fn rotations_between_the_same_two_maps_in_both_directions_do_not_wait_for_each_other() {
        let store = MemoryStore::default();
        let digest =
            |shard: u8, number: u8| Digest::from_bytes([&[shard][..], &[number; 31]].concat().try_into().unwrap());
        let forward = |successor| {
            let end = Timestamp::from_seconds(20);
            Forward { successor, veiled_id: None, until: end, expires_at: end }
        };
        let rotate = |from: u8, to: u8| {
            for number in 0..100 {
                let (old, new) = (digest(from, number), digest(to, 255 - number));
                store.create(&old, record(20)).now_or_never().unwrap().unwrap();
                let rotated = store.rotate(&old, 1, &new, record(20), forward(new)).now_or_never().unwrap();
                assert_eq!(rotated.unwrap(), Update::Saved);
                assert_eq!(store.load(&new).now_or_never().unwrap().unwrap(), Some(Found::Live(record(20))));
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(|| rotate(1, 2));
            scope.spawn(|| rotate(2, 1));
            scope.spawn(|| rotate(3, 3));
        });
    }

    #[test]
    fn sr_50_a_rotation_in_a_full_map_is_whole_or_nothing() {
        for user in [None, Some("ada")] {
            let store = MemoryStore::default();
            let digest = |number: usize| {
                let mut bytes = [1; 32];
                bytes.as_chunks_mut::<8>().0.fill(number.to_le_bytes());
                bytes[0] = 1;
                Digest::from_bytes(bytes)
            };
            for number in 1..LIMITS.records {
                let record = Record { user: Some("grace".into()), ..record(20) };
                store.create(&digest(number), record).now_or_never().unwrap().unwrap();
            }
            let (old, new) = (digest(0), digest(LIMITS.records));
            store.create(&old, record(20)).now_or_never().unwrap().unwrap();
            let forward = Forward {
                successor: new,
                veiled_id: None,
                until: Timestamp::from_seconds(20),
                expires_at: Timestamp::from_seconds(20),
            };
            let renewed = Record { user: user.map(Into::into), ..record(20) };
            let rotated = store.rotate(&old, 1, &new, renewed, forward).now_or_never().unwrap();
            let found = |digest| store.load(digest).now_or_never().unwrap().unwrap();
            let is_live = |digest| matches!(found(digest), Some(Found::Live(_)));
            match rotated {
                Ok(Update::Saved) => assert!(is_live(&new) && !is_live(&old), "{user:?}: saved, and lost"),
                other => assert!(is_live(&old) && found(&new).is_none(), "{user:?}: {other:?}"),
            }
        }
    }
}
