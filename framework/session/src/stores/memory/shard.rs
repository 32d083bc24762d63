//! A part of the sessions in memory. It is bounded, so that visitors without cookies cannot exhaust the memory.

use std::collections::HashMap;

use salon_core::support::Timestamp;

use crate::{
    contract::{Digest, Found, Record, StoreError, StoreResult},
    stores::memory::digest_hasher::BuildDigestHasher,
};

/// How much a shard may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) records: usize,
    pub(super) bytes: usize,
}

#[derive(Debug)]
pub(super) struct Shard {
    records: HashMap<Digest, Found, BuildDigestHasher>,
    bytes: usize,
    limits: Limits,
}

impl Shard {
    pub(super) fn new(limits: Limits) -> Self {
        Self { records: HashMap::default(), bytes: 0, limits }
    }

    pub(super) fn get(&self, digest: &Digest) -> Option<&Found> {
        self.records.get(digest)
    }

    /// The live record of a digest, for changes that need no room.
    pub(super) fn live(&mut self, digest: &Digest) -> Option<&mut Record> {
        match self.records.get_mut(digest) {
            Some(Found::Live(record)) => Some(record),
            _ => None,
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Digest, &Found)> {
        self.records.iter()
    }

    /// Stores this under a digest, replacing what is there. Evicts other sessions if there is no room.
    ///
    /// # Errors
    /// Returns an error if the only room left is taken by sessions of logged-in users. Then nothing has changed.
    pub(super) fn put(&mut self, digest: &Digest, found: Found, now: Timestamp) -> StoreResult<()> {
        self.put_beside(digest, digest, found, now)
    }

    /// Like [`put`](Self::put), and also spares what is stored under `other`.
    ///
    /// # Errors
    /// As for [`put`](Self::put).
    pub(super) fn put_beside(
        &mut self,
        other: &Digest,
        digest: &Digest,
        found: Found,
        now: Timestamp,
    ) -> StoreResult<()> {
        let old = self.records.get(digest).map(size);
        let bytes = size(&found).saturating_sub(old.unwrap_or_default());
        let records = usize::from(old.is_none());
        if !self.has_room(records, bytes) && !self.make_room([other, digest], records, bytes, now) {
            let (bytes, limit) = (size(&found), self.limits.bytes);
            if bytes > limit {
                let remedy = "store less in the session, or choose another driver";
                return Err(StoreError::TooLarge { bytes, limit, remedy });
            }
            return Err("the memory driver is full: choose another driver, or a shorter `lifetime`".into());
        }
        self.bytes += size(&found);
        self.bytes -= self.records.insert(*digest, found).as_ref().map_or(0, size);
        Ok(())
    }

    pub(super) fn remove(&mut self, digest: &Digest) -> Option<Found> {
        let removed = self.records.remove(digest)?;
        self.bytes -= size(&removed);
        Some(removed)
    }

    /// Removes the entries that `keep` rejects, and returns how many.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&Digest, &Found) -> bool) -> usize {
        let (before, mut freed) = (self.records.len(), 0);
        self.records.retain(|digest, found| {
            let stays = keep(digest, found);
            freed += if stays { 0 } else { size(found) };
            stays
        });
        self.bytes -= freed;
        before - self.records.len()
    }

    fn has_room(&self, records: usize, bytes: usize) -> bool {
        self.records.len() + records <= self.limits.records && self.bytes + bytes <= self.limits.bytes
    }

    /// Makes room for one record and for some to come. Evicts expired guest sessions first, then the guests that have
    /// been idle for longest, and logged-in users last and only if their sessions have expired, because the clock may
    /// be wrong.
    fn make_room(&mut self, spared: [&Digest; 2], records: usize, bytes: usize, now: Timestamp) -> bool {
        let (spare_records, spare_bytes) = (self.limits.records / 8 + records, self.limits.bytes / 8 + bytes);
        let others = self.records.iter().filter(|(digest, _)| !spared.contains(digest));
        let mut ranked: Vec<_> =
            others.filter_map(|(digest, found)| Some((Rank::of(found, now)?, last_used(found), *digest))).collect();
        let most = ranked.iter().filter_map(|(_, _, digest)| self.records.get(digest)).map(size).sum::<usize>();
        let (fewest_records, fewest_bytes) = (self.records.len() - ranked.len(), self.bytes - most);
        if fewest_records + records > self.limits.records || fewest_bytes + bytes > self.limits.bytes {
            // Evict nothing if it would not be enough.
            return false;
        }
        ranked.sort_unstable_by_key(|(rank, last_used, _)| (*rank, *last_used));
        let mut evicted = 0_usize;
        for (rank, _, digest) in ranked {
            let is_enough = match rank {
                Rank::ExpiredGuest => false,
                Rank::Guest => self.has_room(spare_records, spare_bytes),
                Rank::ExpiredUser => self.has_room(records, bytes),
            };
            if is_enough {
                break;
            }
            self.remove(&digest);
            evicted += usize::from(rank == Rank::Guest);
        }
        if evicted > 0 {
            tracing::warn!(
                event = "session.evicted",
                sessions = evicted,
                "the memory driver is full: sessions of guests were evicted"
            );
        }
        self.has_room(records, bytes)
    }
}

/// The order of eviction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    ExpiredGuest,
    Guest,
    ExpiredUser,
}

impl Rank {
    /// `None` if the entry must stay.
    fn of(found: &Found, now: Timestamp) -> Option<Self> {
        match (found, is_expired(found, now)) {
            (Found::Live(Record { user: Some(_), .. }), true) => Some(Self::ExpiredUser),
            (Found::Live(Record { user: Some(_), .. }), false) => None,
            (_, true) => Some(Self::ExpiredGuest),
            (_, false) => Some(Self::Guest),
        }
    }
}

/// The approximate memory of a record: its content, plus its place in the map and the allocator's overhead.
fn size(found: &Found) -> usize {
    const PLACE: usize = 384;
    let held = match found {
        Found::Live(record) => {
            let texts = [&record.user, &record.address, &record.agent];
            record.payload.len() + texts.into_iter().flatten().map(|text| text.len()).sum::<usize>()
        }
        Found::Moved(_) | Found::Corrupt(_) => 0,
    };
    PLACE + held
}

pub(super) fn is_expired(found: &Found, now: Timestamp) -> bool {
    match found {
        Found::Live(record) => now >= record.expires_at,
        Found::Moved(forward) => now >= forward.expires_at,
        Found::Corrupt(_) => true,
    }
}

fn last_used(found: &Found) -> Timestamp {
    match found {
        Found::Live(record) => record.active_at,
        Found::Moved(forward) => forward.until,
        Found::Corrupt(_) => Timestamp::default(),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::contract::Forward;

    fn digest(number: u8) -> Digest {
        Digest::from_bytes([number; 32])
    }

    fn record(active_at: u64, user: Option<&str>, bytes: usize) -> Found {
        Found::Live(Record {
            version: 1,
            active_at: Timestamp::from_seconds(active_at),
            expires_at: Timestamp::from_seconds(active_at + 100),
            user: user.map(Into::into),
            payload: Bytes::from(vec![0; bytes]),
            ..Record::default()
        })
    }

    const NOW: Timestamp = Timestamp::from_seconds(110);

    fn keys(shard: &Shard) -> Vec<u8> {
        let mut keys: Vec<_> = shard.iter().map(|(digest, _)| digest.as_bytes()[0]).collect();
        keys.sort_unstable();
        keys
    }

    #[test]
    fn sr_50_what_has_expired_is_evicted_first_and_then_the_guests_who_left_first() {
        let mut shard = Shard::new(Limits { records: 4, bytes: 1 << 20 });
        for (number, active_at, user) in [(1, 10, None), (2, 60, None), (3, 50, None), (4, 40, Some("grace"))] {
            shard.put(&digest(number), record(active_at, user, 10), NOW).unwrap();
        }
        shard.put(&digest(5), record(110, None, 10), NOW).unwrap();
        assert_eq!(keys(&shard), [2, 3, 4, 5], "expired sessions are evicted first");
        shard.put(&digest(6), record(110, None, 10), NOW).unwrap();
        assert_eq!(keys(&shard), [2, 4, 5, 6], "then the guest that has been idle for longest");
        for number in 7..100 {
            shard.put(&digest(number), record(110, None, 10), NOW).unwrap();
        }
        assert!(keys(&shard).contains(&4), "logged-in users stay");
    }

    #[test]
    fn sr_50_a_shard_of_users_takes_no_more_and_loses_none() {
        let mut shard = Shard::new(Limits { records: 2, bytes: 1 << 20 });
        for number in 1..=2 {
            shard.put(&digest(number), record(100, Some("ada"), 10), NOW).unwrap();
        }
        let refused = shard.put(&digest(3), record(110, None, 10), NOW).unwrap_err().to_string();
        assert!(refused.contains("another driver"), "{refused}");
        shard.put(&digest(2), record(110, Some("ada"), 20), NOW).unwrap();
        assert_eq!(keys(&shard), [1, 2]);
    }

    #[test]
    fn f_14_a_clock_that_jumps_ahead_costs_guests_their_place_before_users() {
        let mut shard = Shard::new(Limits { records: 3, bytes: 1 << 20 });
        for (number, user) in [(1, Some("ada")), (2, None), (3, Some("grace"))] {
            shard.put(&digest(number), record(100, user, 10), NOW).unwrap();
        }
        let later = Timestamp::from_seconds(1_000_000);
        shard.put(&digest(4), record(1_000_000, None, 10), later).unwrap();
        assert_eq!(keys(&shard), [1, 3, 4]);
        shard.put(&digest(5), record(1_000_000, Some("alan"), 10), later).unwrap();
        assert_eq!(keys(&shard), [1, 3, 5]);
        shard.put(&digest(6), record(1_000_000, None, 10), later).unwrap();
        assert_eq!(shard.iter().count(), 3, "expired users are evicted last, and no more than necessary");
    }

    #[test]
    fn sr_50_bytes_are_counted_as_they_come_and_go() {
        let mut shard = Shard::new(Limits { records: 100, bytes: 10_000 });
        shard.put(&digest(1), record(100, Some("ada"), 4_000), NOW).unwrap();
        shard.put(&digest(2), record(100, None, 4_000), NOW).unwrap();
        let too_large = shard.put(&digest(1), record(100, Some("ada"), 9_900), NOW);
        assert!(too_large.is_err(), "it would not fit even on its own");
        let alone = shard.put(&digest(1), record(100, Some("ada"), 10_000), NOW).unwrap_err();
        assert!(matches!(alone, StoreError::TooLarge { bytes: 10_387, limit: 10_000, .. }), "{alone}");
        assert_eq!(keys(&shard), [1, 2], "and nothing was evicted for it");
        assert!(matches!(shard.get(&digest(1)), Some(Found::Live(record)) if record.payload.len() == 4_000));
        shard.put(&digest(1), record(100, Some("ada"), 6_000), NOW).unwrap();
        assert_eq!(keys(&shard), [1]);

        let end = Timestamp::from_seconds(200);
        let forward = Forward { successor: digest(9), veiled_id: None, until: end, expires_at: end };
        shard.put(&digest(1), Found::Moved(forward), NOW).unwrap();
        assert!(shard.remove(&digest(1)).is_some() && shard.remove(&digest(1)).is_none());
        assert_eq!(shard.bytes, 0);
        shard.put(&digest(3), record(100, None, 500), NOW).unwrap();
        assert_eq!((shard.retain(|_, _| false), shard.bytes), (1, 0));
    }
}
