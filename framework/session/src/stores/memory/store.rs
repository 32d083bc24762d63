//! The implementation of the store.

use std::num::NonZeroU64;

use salon_core::support::Timestamp;

use crate::{
    contract::{
        Collected, Creation, Digest, Forward, Found, Listing, Lock, Locking, Page, Record, Store, StoreResult,
        Unlocking, Update,
    },
    stores::memory::{
        shard::is_expired,
        shards::{SHARDS, Shards},
    },
};

/// Keeps sessions in this process, in 64 maps with a mutex each, which is held for a lookup and never over an `await`.
/// Holds at most a million sessions or a gibibyte, and then evicts the longest-idle guests first. To other requests
/// each call is a single step, except for calls that go through all sessions and end none that is alive.
#[derive(Default)]
pub struct MemoryStore(Shards);

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

impl Store for MemoryStore {
    async fn load(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        Ok(self.0.of(digest).get(digest).cloned())
    }

    async fn create(&self, digest: &Digest, record: Record) -> StoreResult<Creation> {
        let mut shard = self.0.of(digest);
        if shard.get(digest).is_some() {
            return Ok(Creation::Taken);
        }
        let now = record.active_at;
        shard.put(digest, Found::Live(record), now)?;
        Ok(Creation::Created)
    }

    async fn update(&self, digest: &Digest, expected: u64, record: Record) -> StoreResult<Update> {
        let mut shard = self.0.of(digest);
        if let Some(answer) = Update::refusal(shard.get(digest), expected) {
            return Ok(answer);
        }
        let now = record.active_at;
        shard.put(digest, Found::Live(record), now)?;
        Ok(Update::Saved)
    }

    async fn touch(&self, digest: &Digest, active_at: Timestamp, expires_at: Timestamp) -> StoreResult<bool> {
        let mut shard = self.0.of(digest);
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
        let (mut first, mut second) = self.0.both(old, new);
        if let Some(answer) = Update::refusal(first.get(old), expected) {
            return Ok(answer);
        }
        let now = record.active_at;
        // Does not replace the old record if both are in one map, because a renewal could then evict a session.
        second.as_mut().unwrap_or(&mut first).put_beside(old, new, Found::Live(record), now)?;
        // A forward needs less room than the record did.
        first.put(old, Found::Moved(forward), now)?;
        Ok(Update::Saved)
    }

    async fn lock(&self, digest: &Digest, lock: Lock, now: Timestamp) -> StoreResult<Locking> {
        let mut shard = self.0.of(digest);
        let locking = Locking::decide(shard.get(digest).cloned(), lock, now);
        if let (Locking::Granted(granted), Some(record)) = (&locking, shard.live(digest)) {
            record.clone_from(granted);
        }
        Ok(locking)
    }

    async fn unlock(&self, digest: &Digest, owner: NonZeroU64) -> StoreResult<Option<Forward>> {
        let mut shard = self.0.of(digest);
        match Unlocking::decide(shard.get(digest).cloned(), owner) {
            Unlocking::Released(released) => {
                if let Some(record) = shard.live(digest) {
                    *record = released;
                }
                Ok(None)
            }
            Unlocking::Unchanged(forward) => Ok(forward),
        }
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        let mut shard = self.0.of(digest);
        match shard.get(digest) {
            Some(Found::Moved(forward)) => Ok(Some(Found::Moved(forward.clone()))),
            _ => Ok(shard.remove(digest)),
        }
    }

    async fn collect(&self, now: Timestamp, batch: usize) -> StoreResult<Collected> {
        let mut left = batch;
        for mut shard in self.0.each() {
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
        Ok(self.0.each().map(|shard| shard.iter().filter(|(_, found)| live(found)).count() as u64).sum())
    }

    async fn user_sessions(&self, user: &str) -> StoreResult<Vec<Listing>> {
        let mut listings = Vec::new();
        for shard in self.0.each() {
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
        for shard in &mut self.0.each().collect::<Vec<_>>() {
            ended += shard.retain(|digest, found| {
                let is_theirs = matches!(found, Found::Live(record) if record.user.as_deref() == Some(user));
                !is_theirs || except == Some(digest)
            }) as u64;
        }
        Ok(ended)
    }

    async fn scan(&self, from: Option<&str>, _batch: usize) -> StoreResult<Page> {
        let index = from.map_or(Ok(0), str::parse::<usize>)?;
        let Some(shard) = self.0.at(index) else { return Ok(Page::default()) };
        let found = shard.iter().map(|(digest, found)| (*digest, found.clone())).collect();
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
    use crate::stores::memory::shards::LIMITS;

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
