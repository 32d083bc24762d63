//! Implements each operation of the store on the files.

use std::{collections::HashSet, num::NonZeroU64};

use bytes::Bytes;
use salon_core::support::Timestamp;

use crate::{
    codec::{self, Head},
    contract::{
        Collected, Creation, Digest, Forward, Found, Listing, Lock, Locking, Page, Record, StoreResult, Unlocking,
        Update,
    },
    stores::file::{
        collection::Collection,
        folder::Folder,
        shard::Shard,
        walk::{Name, Walk},
    },
};

#[derive(Debug)]
pub(super) struct Files {
    folder: Folder,
    collection: Collection,
}

impl Files {
    pub(super) const fn new(folder: Folder) -> Self {
        Self { folder, collection: Collection::new() }
    }

    /// Reading needs no lock, because a file is always replaced as a whole.
    pub(super) fn load(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        Ok(decode(digest, self.folder.read(digest)?))
    }

    /// Returns everything in one folder: the given one, or the next one that exists.
    pub(super) fn scan(&self, folder: u8) -> StoreResult<Page> {
        let (mut walk, mut page, mut here) = (Walk::from(folder), Page::default(), None);
        while let Some((shard, name)) = walk.next(&self.folder)? {
            if *here.get_or_insert(walk.folder()) != walk.folder() {
                page.next = Some(format!("{:02x}", walk.folder()));
                break;
            }
            if let Name::Record(digest) = name {
                page.found.extend(load(&shard, &digest)?.map(|found| (digest, found)));
            }
        }
        Ok(page)
    }

    pub(super) fn create(&self, digest: &Digest, record: &Record) -> StoreResult<Creation> {
        let is_new = self.folder.create(digest, &codec::encode(digest, record))?;
        Ok(if is_new { Creation::Created } else { Creation::Taken })
    }

    pub(super) fn update(&self, digest: &Digest, expected: u64, record: &Record) -> StoreResult<Update> {
        let Some(shard) = self.folder.lock(digest)? else { return Ok(Update::Gone) };
        if let Some(answer) = Update::refusal(load(&shard, digest)?.as_ref(), expected) {
            return Ok(answer);
        }
        shard.replace(digest, &codec::encode(digest, record))?;
        Ok(Update::Saved)
    }

    pub(super) fn touch(&self, digest: &Digest, active_at: Timestamp, expires_at: Timestamp) -> StoreResult<bool> {
        let Some(shard) = self.folder.lock(digest)? else { return Ok(false) };
        let Some(Found::Live(mut record)) = load(&shard, digest)? else { return Ok(false) };
        if record.touch(active_at, expires_at) {
            shard.replace(digest, &codec::encode(digest, &record))?;
        }
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
        let Some(shard) = self.folder.lock(old)? else { return Ok(Update::Gone) };
        if let Some(answer) = Update::refusal(load(&shard, old)?.as_ref(), expected) {
            return Ok(answer);
        }
        // The successor is written first: whatever happens in between, one of the two is whole.
        if !self.folder.create(new, &codec::encode(new, record))? {
            return Err("the digest for a new id is taken".into());
        }
        if let Err(error) = shard.replace(old, &codec::encode_forward(old, forward)) {
            if let Ok(Some(shard)) = self.folder.shard(&Shard::name(new)) {
                let _ = shard.remove(new);
            }
            return Err(error.into());
        }
        Ok(Update::Saved)
    }

    pub(super) fn lock(&self, digest: &Digest, lock: Lock, now: Timestamp) -> StoreResult<Locking> {
        let Some(shard) = self.folder.lock(digest)? else { return Ok(Locking::NotLive(None)) };
        let locking = Locking::decide(load(&shard, digest)?, lock, now);
        if let Locking::Granted(record) = &locking {
            shard.replace(digest, &codec::encode(digest, record))?;
        }
        Ok(locking)
    }

    pub(super) fn unlock(&self, digest: &Digest, owner: NonZeroU64) -> StoreResult<Option<Forward>> {
        let Some(shard) = self.folder.lock(digest)? else { return Ok(None) };
        match Unlocking::decide(load(&shard, digest)?, owner) {
            Unlocking::Released(record) => {
                shard.replace(digest, &codec::encode(digest, &record))?;
                Ok(None)
            }
            Unlocking::Unchanged(forward) => Ok(forward),
        }
    }

    pub(super) fn destroy(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        let Some(shard) = self.folder.lock(digest)? else { return Ok(None) };
        let found = load(&shard, digest)?;
        // A forward stays, so that a caller who fails to end the successor can try again.
        if matches!(found, Some(Found::Live(_) | Found::Corrupt(_))) {
            shard.remove(digest)?;
        }
        Ok(found)
    }

    pub(super) fn collect(&self, now: Timestamp, batch: usize) -> StoreResult<Collected> {
        self.collection.collect(&self.folder, now, batch)
    }

    /// Counts by reading only the heads, so a file that is torn further back is counted until it expires.
    pub(super) fn count(&self, now: Timestamp) -> StoreResult<u64> {
        let mut count = 0;
        self.each_head(|_, head| {
            count += u64::from(matches!(head, Head::Live { expires_at, .. } if now < *expires_at));
            Ok(())
        })?;
        Ok(count)
    }

    pub(super) fn user_sessions(&self, user: &str) -> StoreResult<Vec<Listing>> {
        let mut listings = Vec::new();
        self.each_head(|digest, head| {
            if matches!(head, Head::Live { user: found, .. } if found.may_be(user))
                && let Some(Found::Live(record)) = self.load(&digest)?
                && record.user.as_deref() == Some(user)
            {
                listings.push(Listing::of(digest, &record));
            }
            Ok(())
        })?;
        Ok(listings)
    }

    pub(super) fn end_user_sessions(&self, user: &str, except: Option<&Digest>) -> StoreResult<u64> {
        let (mut ended, mut followed) = (0, HashSet::new());
        self.each_head(|digest, head| {
            let may_be = match head {
                Head::Live { user: found, .. } => found.may_be(user),
                Head::Moved { .. } => true,
                Head::Torn | Head::Unknown => false,
            };
            ended += u64::from(may_be && self.end_if_of(user, except, digest, &mut followed)?);
            Ok(())
        })?;
        Ok(ended)
    }

    /// Calls `act` with the head of each record, without reading the rest of it.
    fn each_head(&self, mut act: impl FnMut(Digest, &Head<'_>) -> StoreResult<()>) -> StoreResult<()> {
        let mut walk = Walk::default();
        while let Some((shard, name)) = walk.next(&self.folder)? {
            if let Name::Record(digest) = name
                && let Some(entry) = shard.entry(&digest)?
            {
                act(digest, &Head::read(&entry.read_head()?))?;
            }
        }
        Ok(())
    }

    /// Ends a session if it belongs to this user, and otherwise the session that it was renewed to, which may be in a
    /// folder that was searched before it was created. No forward is followed twice, because a session that is renewed
    /// often leaves many.
    fn end_if_of(
        &self,
        user: &str,
        except: Option<&Digest>,
        digest: Digest,
        followed: &mut HashSet<Digest>,
    ) -> StoreResult<bool> {
        let mut digest = digest;
        while except != Some(&digest) && !followed.contains(&digest) {
            let found = match self.load(&digest)? {
                Some(Found::Live(record)) if record.user.as_deref() == Some(user) => self.destroy(&digest)?,
                Some(Found::Moved(forward)) => Some(Found::Moved(forward)),
                _ => None,
            };
            match found {
                Some(Found::Moved(forward)) => {
                    followed.insert(digest);
                    digest = forward.successor;
                }
                found => return Ok(found.is_some()),
            }
        }
        Ok(false)
    }
}

fn load(shard: &Shard, digest: &Digest) -> StoreResult<Option<Found>> {
    Ok(decode(digest, shard.read(digest)?))
}

fn decode(digest: &Digest, bytes: Option<Vec<u8>>) -> Option<Found> {
    bytes.map(|bytes| codec::decode(digest, &Bytes::from(bytes)))
}
