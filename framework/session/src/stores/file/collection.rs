//! Collects expired records, one batch at a time.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use salon_core::support::Timestamp;

use crate::{
    codec::Head,
    contract::{Collected, Digest, StoreResult},
    stores::file::{
        folder::Folder,
        shard::Shard,
        walk::{Name, Walk},
    },
};

/// How old a torn file must be before it is removed. Until then it may help to find out what happened.
const MIN_TORN_AGE: Duration = Duration::from_secs(24 * 3600);

/// Where the next batch continues. A new collection starts at the first folder.
#[derive(Debug)]
pub(super) struct Collection(Mutex<Option<Walk>>);

impl Collection {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Looks at up to `batch` files and removes the expired ones. How long that takes does not depend on how many files
    /// there are.
    pub(super) fn collect(&self, folder: &Folder, now: Timestamp, batch: usize) -> StoreResult<Collected> {
        let mut walk = self.paused().take().unwrap_or_default();
        let (mut removed, end) = (0, walk.passed + batch as u64);
        while walk.passed < end {
            let step = walk.next(folder);
            match step.and_then(|step| step.map(|(shard, name)| collect_one(folder, &shard, &name, now)).transpose()) {
                Ok(Some(is_removed)) => removed += u64::from(is_removed),
                Ok(None) => return walk.failure.map_or(Ok(Collected { removed, more: false }), Err),
                // One file that cannot be read or removed does not stop the collection of the others.
                Err(error) => walk.failure = Some(error),
            }
        }
        self.pause(walk);
        Ok(Collected { removed, more: true })
    }

    /// If two collections run at once, keeps the one that is further ahead, so that both finish.
    fn pause(&self, walk: Walk) {
        let mut paused = self.paused();
        if paused.as_ref().is_none_or(|other| walk.is_ahead_of(other)) {
            *paused = Some(walk);
        }
    }

    fn paused(&self) -> MutexGuard<'_, Option<Walk>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn collect_one(folder: &Folder, shard: &Shard, name: &Name, now: Timestamp) -> StoreResult<bool> {
    let digest = match name {
        Name::Record(digest) => digest,
        Name::Unfinished(name) => return Ok(shard.sweep(name).map(|()| false)?),
        Name::Foreign => return Ok(false),
    };
    if !is_expired(shard, digest, now)? {
        return Ok(false);
    }
    let Some(shard) = folder.lock(digest)? else { return Ok(false) };
    // Checked again under the lock: the record may have been touched in the meantime.
    Ok(is_expired(&shard, digest, now)? && shard.remove(digest)?)
}

/// True if the file is a record of ours that has expired, or one that was torn long ago. Files that we did not write
/// are not ours to remove.
fn is_expired(shard: &Shard, digest: &Digest, now: Timestamp) -> StoreResult<bool> {
    let Some(entry) = shard.entry(digest)? else { return Ok(false) };
    let age = entry.age(SystemTime::now());
    let bytes = entry.read_head()?;
    Ok(match Head::read(&bytes) {
        Head::Torn => age > MIN_TORN_AGE,
        head => head.expires_at().is_some_and(|expires_at| now >= expires_at),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{codec, contract::Record};

    #[test]
    fn a_collection_continues_after_its_last_batch_and_then_starts_again() {
        let place = tempfile::tempdir().unwrap();
        let (folder, collection) = (Folder::open(&place.path().join("sessions"), false).unwrap(), Collection::new());
        let create = |byte: u8| {
            let digest = Digest::from_bytes([byte; 32]);
            folder.create(&digest, &codec::encode(&digest, &Record { version: 1, ..Record::default() })).unwrap();
        };
        for byte in [3, 1, 255, 2] {
            create(byte);
        }
        let collect = || collection.collect(&folder, Timestamp::from_seconds(1), 2).unwrap();
        assert_eq!(collect(), Collected { removed: 2, more: true });
        create(1);
        assert_eq!(collect(), Collected { removed: 2, more: true });
        assert_eq!(collect(), Collected { removed: 0, more: false }, "folders that are done are left alone");
        assert_eq!(collect(), Collected { removed: 1, more: false });
    }

    #[test]
    fn the_further_of_two_collections_goes_on() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(&place.path().join("sessions"), false).unwrap();
        for byte in 1..=4 {
            folder.create(&Digest::from_bytes([byte; 32]), b"").unwrap();
        }
        let walk = |steps: usize| {
            let mut walk = Walk::default();
            while walk.passed < steps as u64 {
                walk.next(&folder).unwrap();
            }
            walk
        };
        for (first, second) in [(1, 4), (4, 1), (2, 1)] {
            let collection = Collection::new();
            collection.pause(walk(first));
            collection.pause(walk(second));
            assert_eq!(collection.paused().take().unwrap().passed, first.max(second) as u64);
        }
    }
}
