//! The `memory` driver (alias `array`): one process, nothing survives it. For tests, and for apps that run alone.

use std::{
    collections::{HashMap, hash_map::Entry},
    num::NonZeroU64,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    session::{
        error::StoreResult,
        id::Digest,
        lock::{Lock, Locking},
        record::{Forward, Found, Record},
        store::{Collected, Creation, Listing, Store, Update},
    },
    support::Timestamp,
};

const SHARDS: usize = 64;
/// A million sessions: visitors without cookies must not be able to use all memory up.
const MOST: usize = 1_000_000 / SHARDS;

type Shard = HashMap<Digest, Found>;

/// Keeps sessions in this process, in 64 maps with a lock each, held for a lookup and never over an `await`. About a
/// million, and no more.
pub struct MemoryStore {
    shards: [Mutex<Shard>; SHARDS],
    /// How many records a shard may hold.
    most: usize,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self { shards: std::array::from_fn(|_| Mutex::default()), most: MOST }
    }
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

impl MemoryStore {
    fn shard(&self, digest: &Digest) -> MutexGuard<'_, Shard> {
        guard(&self.shards[usize::from(digest.as_bytes()[0]) % SHARDS])
    }

    fn shards(&self) -> impl Iterator<Item = MutexGuard<'_, Shard>> {
        self.shards.iter().map(guard)
    }
}

fn guard(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    // Nothing under the lock can panic half way through a change.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_over(found: &Found, now: Timestamp) -> bool {
    match found {
        Found::Live(record) => now >= record.expires_at,
        Found::Moved(forward) => now >= forward.expires_at,
        Found::Corrupt(_) => true,
    }
}

impl Store for MemoryStore {
    async fn load(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        Ok(self.shard(digest).get(digest).cloned())
    }

    async fn create(&self, digest: &Digest, record: Record) -> StoreResult<Creation> {
        let mut shard = self.shard(digest);
        if shard.len() >= self.most {
            shard.retain(|_, found| !is_over(found, record.active_at));
        }
        if shard.len() >= self.most {
            let most = self.most * SHARDS;
            return Err(format!(
                "it holds {most} sessions and takes no more: choose another driver, or a shorter `lifetime`"
            )
            .into());
        }
        match shard.entry(*digest) {
            Entry::Occupied(_) => Ok(Creation::Taken),
            Entry::Vacant(entry) => {
                entry.insert(Found::Live(record));
                Ok(Creation::Created)
            }
        }
    }

    async fn update(&self, digest: &Digest, expected: u64, record: Record) -> StoreResult<Update> {
        let mut shard = self.shard(digest);
        let found = shard.get_mut(digest);
        if let Some(answer) = Update::refusal(found.as_deref(), expected) {
            return Ok(answer);
        }
        if let Some(found) = found {
            *found = Found::Live(record);
        }
        Ok(Update::Saved)
    }

    async fn touch(&self, digest: &Digest, active_at: Timestamp, expires_at: Timestamp) -> StoreResult<bool> {
        let mut shard = self.shard(digest);
        let Some(Found::Live(record)) = shard.get_mut(digest) else { return Ok(false) };
        (record.active_at, record.expires_at) = (active_at, expires_at);
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
        // The successor first, so that the way never leads nowhere. Nobody knows its digest yet; should another be first at
        // the old one, it is taken back.
        self.shard(new).insert(*new, Found::Live(record));
        let refusal = {
            let mut shard = self.shard(old);
            let refusal = Update::refusal(shard.get(old), expected);
            if refusal.is_none() {
                shard.insert(*old, Found::Moved(forward));
            }
            refusal
        };
        Ok(match refusal {
            None => Update::Saved,
            Some(answer) => {
                self.shard(new).remove(new);
                answer
            }
        })
    }

    async fn lock(&self, digest: &Digest, lock: Lock, now: Timestamp) -> StoreResult<Locking> {
        let mut shard = self.shard(digest);
        let locking = Locking::decide(shard.get(digest).cloned(), lock, now);
        if let Locking::Granted(record) = &locking {
            shard.insert(*digest, Found::Live(record.clone()));
        }
        Ok(locking)
    }

    async fn unlock(&self, digest: &Digest, owner: NonZeroU64) -> StoreResult<()> {
        let mut shard = self.shard(digest);
        if let Some(Found::Live(record)) = shard.get_mut(digest)
            && let Some(unlocked) = record.unlocked(owner)
        {
            *record = unlocked;
        }
        Ok(())
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        Ok(self.shard(digest).remove(digest))
    }

    async fn collect(&self, now: Timestamp, batch: usize) -> StoreResult<Collected> {
        let mut left = batch;
        for mut shard in self.shards() {
            shard.retain(|_, found| {
                let stays = left == 0 || !is_over(found, now);
                left -= usize::from(!stays);
                stays
            });
        }
        Ok(Collected { removed: (batch - left) as u64, more: left == 0 })
    }

    async fn count(&self, now: Timestamp) -> StoreResult<u64> {
        let live = |found: &&Found| matches!(found, Found::Live(_)) && !is_over(found, now);
        Ok(self.shards().map(|shard| shard.values().filter(live).count() as u64).sum())
    }

    async fn list_of_user(&self, user: &str) -> StoreResult<Vec<Listing>> {
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

    async fn end_of_user(&self, user: &str, except: Option<&Digest>) -> StoreResult<u64> {
        let mut ended = 0;
        // All at once: a session that is renewed meanwhile would slip from a map that is to come into one that is done.
        for shard in &mut self.shards().collect::<Vec<_>>() {
            shard.retain(|digest, found| {
                let is_theirs = matches!(found, Found::Live(record) if record.user.as_deref() == Some(user));
                let ends = is_theirs && except != Some(digest);
                ended += u64::from(ends);
                !ends
            });
        }
        Ok(ended)
    }

    async fn close(&self) -> StoreResult<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(expires_at: u64) -> Record {
        let (active_at, expires_at) = (Timestamp::from_seconds(10), Timestamp::from_seconds(expires_at));
        Record { version: 1, active_at, expires_at, ..Record::default() }
    }

    #[tokio::test]
    async fn a_full_store_takes_a_new_session_only_in_the_place_of_one_that_is_over() {
        let store = MemoryStore { most: 2, ..MemoryStore::default() };
        // All in one shard.
        let digest = |number: u8| Digest::from_bytes([64 * number; 32]);
        for (number, expires_at) in [(0, 20), (1, 10)] {
            assert_eq!(store.create(&digest(number), record(expires_at)).await.unwrap(), Creation::Created);
        }
        assert_eq!(store.create(&digest(2), record(20)).await.unwrap(), Creation::Created);
        assert!(store.load(&digest(0)).await.unwrap().is_some() && store.load(&digest(1)).await.unwrap().is_none());
        let refused = store.create(&digest(3), record(20)).await.unwrap_err().to_string();
        assert!(refused.contains("another driver"), "{refused}");
    }
}
