//! What each operation of the store does with the files.

use std::{
    num::NonZeroU64,
    sync::atomic::{AtomicU8, Ordering},
};

use bytes::Bytes;

use super::folder::Folder;
use crate::{
    session::{
        codec,
        error::StoreResult,
        id::Digest,
        lock::{Lock, Locking},
        record::{Forward, Found, Record},
        store::{Collected, Creation, Listing, Update},
    },
    support::Timestamp,
};

#[derive(Debug)]
pub(super) struct Files {
    folder: Folder,
    /// The first byte of the digests at which the next batch of a collection goes on; 0 begins a new one.
    next_batch: AtomicU8,
}

impl Files {
    pub(super) const fn new(folder: Folder) -> Self {
        Self { folder, next_batch: AtomicU8::new(0) }
    }

    /// Reading needs no lock: a file is replaced whole.
    pub(super) fn load(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        let bytes = self.folder.read(digest)?;
        Ok(bytes.map(|bytes| codec::decode(digest, &Bytes::from(bytes))))
    }

    pub(super) fn create(&self, digest: &Digest, record: &Record) -> StoreResult<Creation> {
        let is_new = self.folder.create(digest, &codec::encode(digest, record))?;
        Ok(if is_new { Creation::Created } else { Creation::Taken })
    }

    pub(super) fn update(&self, digest: &Digest, expected: u64, record: &Record) -> StoreResult<Update> {
        let _lock = self.folder.lock(digest)?;
        if let Some(answer) = Update::refusal(self.load(digest)?.as_ref(), expected) {
            return Ok(answer);
        }
        self.folder.replace(digest, &codec::encode(digest, record))?;
        Ok(Update::Saved)
    }

    pub(super) fn touch(&self, digest: &Digest, active_at: Timestamp, expires_at: Timestamp) -> StoreResult<bool> {
        let _lock = self.folder.lock(digest)?;
        let Some(Found::Live(record)) = self.load(digest)? else { return Ok(false) };
        let record = Record { active_at, expires_at, ..record };
        self.folder.replace(digest, &codec::encode(digest, &record))?;
        Ok(true)
    }

    pub(super) fn rotate(
        &self,
        old: &Digest,
        expected: u64,
        new: &Digest,
        record: &Record,
        forward: &Forward,
    ) -> StoreResult<Update> {
        let _lock = self.folder.lock(old)?;
        if let Some(answer) = Update::refusal(self.load(old)?.as_ref(), expected) {
            return Ok(answer);
        }
        // The successor first: whatever happens in between, one of the two is whole.
        if !self.folder.create(new, &codec::encode(new, record))? {
            return Err("the digest for a new id is taken".into());
        }
        if let Err(error) = self.folder.replace(old, &codec::encode_forward(old, forward)) {
            let _ = self.folder.remove(new);
            return Err(error.into());
        }
        Ok(Update::Saved)
    }

    pub(super) fn lock(&self, digest: &Digest, lock: Lock, now: Timestamp) -> StoreResult<Locking> {
        let _lock = self.folder.lock(digest)?;
        let locking = Locking::decide(self.load(digest)?, lock, now);
        if let Locking::Granted(record) = &locking {
            self.folder.replace(digest, &codec::encode(digest, record))?;
        }
        Ok(locking)
    }

    pub(super) fn unlock(&self, digest: &Digest, owner: NonZeroU64) -> StoreResult<()> {
        let _lock = self.folder.lock(digest)?;
        if let Some(Found::Live(record)) = self.load(digest)?
            && let Some(record) = record.unlocked(owner)
        {
            self.folder.replace(digest, &codec::encode(digest, &record))?;
        }
        Ok(())
    }

    pub(super) fn destroy(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        let _lock = self.folder.lock(digest)?;
        let found = self.load(digest)?;
        // What was not found is not removed either: it may be just in the making, or none of ours.
        if found.is_some() {
            self.folder.remove(digest)?;
        }
        Ok(found)
    }

    pub(super) fn collect(&self, now: Timestamp, batch: usize) -> StoreResult<Collected> {
        let (mut removed, mut failure) = (0, None);
        let first = self.next_batch.swap(0, Ordering::Relaxed);
        if first == 0 {
            self.folder.sweep_leftovers()?;
        }
        for digest in self.folder.digests_from(first) {
            if removed == batch as u64 {
                self.next_batch.store(digest.as_bytes()[0], Ordering::Relaxed);
                return Ok(Collected { removed, more: true });
            }
            match self.remove_if_over(&digest, now) {
                Ok(is_removed) => removed += u64::from(is_removed),
                // One file that cannot be read or removed does not keep the others.
                Err(error) => failure = Some(error),
            }
        }
        failure.map_or(Ok(Collected { removed, more: false }), Err)
    }

    fn remove_if_over(&self, digest: &Digest, now: Timestamp) -> StoreResult<bool> {
        if !self.is_over(digest, now)? {
            return Ok(false);
        }
        let _lock = self.folder.lock(digest)?;
        // Asked again under the lock: it may have been touched meanwhile.
        Ok(self.is_over(digest, now)? && self.folder.remove(digest)?)
    }

    pub(super) fn count(&self, now: Timestamp) -> StoreResult<u64> {
        let mut count = 0;
        for digest in self.folder.digests() {
            if let Some(Found::Live(record)) = self.load(&digest)? {
                count += u64::from(now < record.expires_at);
            }
        }
        Ok(count)
    }

    pub(super) fn list_of_user(&self, user: &str) -> StoreResult<Vec<Listing>> {
        let mut listings = Vec::new();
        for digest in self.folder.digests() {
            if let Some(Found::Live(record)) = self.load(&digest)?
                && record.user.as_deref() == Some(user)
            {
                listings.push(Listing::of(digest, &record));
            }
        }
        Ok(listings)
    }

    pub(super) fn end_of_user(&self, user: &str, except: Option<&Digest>) -> StoreResult<u64> {
        let mut ended = 0;
        for digest in self.folder.digests() {
            ended += u64::from(self.end_if_of(user, except, digest)?);
        }
        Ok(ended)
    }

    /// Ends a session if it is of this user, and so the one that it was renewed to: that one may be in a folder which was
    /// looked through before it was made.
    fn end_if_of(&self, user: &str, except: Option<&Digest>, digest: Digest) -> StoreResult<bool> {
        let mut digest = digest;
        while except != Some(&digest) {
            let found = match self.load(&digest)? {
                Some(Found::Live(record)) if record.user.as_deref() == Some(user) => self.destroy(&digest)?,
                Some(Found::Moved(forward)) => Some(Found::Moved(forward)),
                _ => None,
            };
            match found {
                Some(Found::Moved(forward)) => digest = forward.successor,
                found => return Ok(found.is_some()),
            }
        }
        Ok(false)
    }

    /// Whether a file is a record of ours whose time is over. What we did not write is not ours to remove.
    fn is_over(&self, digest: &Digest, now: Timestamp) -> StoreResult<bool> {
        let head = self.folder.read_head(digest, codec::HEAD)?;
        Ok(head.and_then(|head| codec::expires_at(&head)).is_some_and(|expires_at| now >= expires_at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collection_goes_on_where_its_last_batch_ended_and_then_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(Folder::open(&folder.path().join("sessions"), false).unwrap());
        let over = Record { version: 1, ..Record::default() };
        let create = |byte: u8| files.create(&Digest::from_bytes([byte; 32]), &over).unwrap();
        for byte in [3, 1, 255, 2] {
            create(byte);
        }
        let collect = || files.collect(Timestamp::from_seconds(1), 2).unwrap();
        assert_eq!(collect(), Collected { removed: 2, more: true });
        create(1);
        assert_eq!(collect(), Collected { removed: 2, more: false }, "folders that are done are left alone");
        assert_eq!(collect(), Collected { removed: 1, more: false });
    }
}
