//! The `fallback` driver: two stores used as one, for a switch from one driver to another that logs nobody out.
//!
//! # What a record looks like
//!
//! The records are those of the two stores. A session that the primary does not have is looked up in the fallback, and
//! moved to the primary when it is first used. What the primary holds under a digest is the truth, whether it is a
//! record, a forward to a successor or a [tombstone](ended). What the fallback holds counts only if the primary has
//! nothing.
//!
//! # Writes and races
//!
//! Three rules keep this true, whatever comes in between and wherever a process dies:
//!
//! - A move loads from the fallback, **creates** in the primary, then removes from the fallback. So a session is in one
//!   of them or in both, and never in neither.
//! - A lookup asks the primary, then the fallback, and if that has nothing the primary again: the session may have been
//!   moved in between.
//! - Ending a session moves it first, removes it from the fallback, and then replaces it in the primary with a
//!   tombstone in one step. The tombstone stays for longer than any move takes.
//!
//! | concurrent with a move | result |
//! |---|---|
//! | another move | the second creation is `Taken`, and returns what the primary holds by then |
//! | a save, a touch, a lock | the primary has nothing: the call moves the session itself, and tries again |
//! | a renewal | the same; a late move finds the forward to the successor, and its `create` is `Taken` |
//! | a logout before the creation | the logout has moved the session itself; the late creation is `Taken` because of the tombstone |
//! | a logout after it | it ends the record that the move created; the move then finds nothing to remove in the fallback |
//! | ending a user's sessions | the sessions that the two stores list are ended one by one, as by a logout; those moved meanwhile are in the primary, which is asked last |
//! | the collector | expired records are removed from each store; a move that read one just before may move it, and it is removed next time |
//! | a move that was paused for longer than the tombstone lasts | it sees by the clock that what it read is old, and reads again |
//! | a process that dies between creation and removal | the fallback keeps a copy that nobody sees, which expires before the primary's and is removed by a logout |
//!
//! A version decides a race as in the primary, where every save happens.
//!
//! # How a session ends
//!
//! The last step of a logout replaces the live record with the tombstone, through `rotate`, if the record still has the
//! version that was read. The tombstone stays for 5 minutes. Until then every create is `Taken`, and load, update,
//! touch and lock treat it as "there is no session". A process that dies during a logout leaves the session alive in
//! the primary, or ended: nothing in between.
//!
//! # Limits
//!
//! - Both stores must be available. If one is not, lookups that need it return an error; the collector still serves the
//!   primary while the fallback is down.
//! - A copy that a dead process left counts twice in `count`.
//! - An operation gives up with an error if other requests change the session 100 times in a row.
//!
//! # Sources
//!
//! No server is involved beyond those of the two stores: see the modules of the stores.

mod ended;
mod moving;

use std::{
    collections::BTreeMap,
    num::NonZeroU64,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use ended::{is_end, is_mark};
use moving::Moving;

use crate::visit::dyn_store::DynStore;
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
use salon_core::support::{Clock, Random, Timestamp};

/// Keeps sessions in the primary, and moves sessions there that are still in the fallback.
pub(crate) struct FallbackStore {
    primary: Arc<dyn DynStore>,
    fallback: Arc<dyn DynStore>,
    clock: Clock,
    random: Random,
    /// True if the collector has finished with the primary, and is now at the fallback.
    collects_fallback: AtomicBool,
}

/// The prefixes of page positions: which store the position belongs to.
const FALLBACK: &str = "fallback ";
const PRIMARY: &str = "primary ";

impl FallbackStore {
    pub(crate) fn new(primary: Arc<dyn DynStore>, fallback: Arc<dyn DynStore>, clock: Clock, random: Random) -> Self {
        Self { primary, fallback, clock, random, collects_fallback: AtomicBool::new(false) }
    }
}

impl Store for FallbackStore {
    async fn load(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        match self.primary.load(digest).await? {
            Some(found) => Ok(ended::seen(found)),
            None => self.import(digest, Moving::WhatIsNotOver).await,
        }
    }

    /// New digests are random, so none of them is in the fallback.
    async fn create(&self, digest: &Digest, record: Record) -> StoreResult<Creation> {
        self.primary.create(digest, record).await
    }

    async fn update(&self, digest: &Digest, expected: u64, record: Record) -> StoreResult<Update> {
        let update = self.primary.update(digest, expected, record.clone()).await?;
        if update != Update::Gone {
            return Ok(ended::seen_update(update));
        }
        match self.import(digest, Moving::Everything).await? {
            Some(Found::Live(_)) => Ok(ended::seen_update(self.primary.update(digest, expected, record).await?)),
            found => Ok(ended::refusal(found)),
        }
    }

    async fn touch(&self, digest: &Digest, active_at: Timestamp, expires_at: Timestamp) -> StoreResult<bool> {
        if self.primary.touch(digest, active_at, expires_at).await? {
            return Ok(true);
        }
        match self.import(digest, Moving::Everything).await? {
            Some(Found::Live(_)) => self.primary.touch(digest, active_at, expires_at).await,
            _ => Ok(false),
        }
    }

    async fn rotate(
        &self,
        old: &Digest,
        expected: u64,
        new: &Digest,
        record: Record,
        forward: Forward,
    ) -> StoreResult<Update> {
        let update = self.primary.rotate(old, expected, new, record.clone(), forward.clone()).await?;
        if update != Update::Gone {
            return Ok(ended::seen_update(update));
        }
        match self.import(old, Moving::Everything).await? {
            Some(Found::Live(_)) => {
                Ok(ended::seen_update(self.primary.rotate(old, expected, new, record, forward).await?))
            }
            found => Ok(ended::refusal(found)),
        }
    }

    async fn lock(&self, digest: &Digest, lock: Lock, now: Timestamp) -> StoreResult<Locking> {
        let locking = self.primary.lock(digest, lock, now).await?;
        if locking != Locking::NotLive(None) {
            return Ok(ended::seen_locking(locking));
        }
        match self.import(digest, Moving::Everything).await? {
            Some(Found::Live(_)) => Ok(ended::seen_locking(self.primary.lock(digest, lock, now).await?)),
            found => Ok(Locking::NotLive(found)),
        }
    }

    /// A lock is always held on the primary's record.
    async fn unlock(&self, digest: &Digest, owner: NonZeroU64) -> StoreResult<Option<Forward>> {
        Ok(self.primary.unlock(digest, owner).await?.filter(|forward| !is_end(forward)))
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        self.end(digest).await
    }

    async fn collect(&self, now: Timestamp, batch: usize) -> StoreResult<Collected> {
        if !self.collects_fallback.load(Ordering::Relaxed) {
            let collected = self.primary.collect(now, batch).await?;
            self.collects_fallback.store(!collected.more, Ordering::Relaxed);
            return Ok(Collected { more: true, ..collected });
        }
        let collected = self.fallback.collect(now, batch).await;
        // Also after an error: a fallback that is down must not stop the collection of the primary.
        let goes_on = collected.as_ref().is_ok_and(|collected| collected.more);
        self.collects_fallback.store(goes_on, Ordering::Relaxed);
        collected
    }

    /// Counts copies twice.
    async fn count(&self, now: Timestamp) -> StoreResult<u64> {
        Ok(self.fallback.count(now).await? + self.primary.count(now).await?)
    }

    async fn user_sessions(&self, user: &str) -> StoreResult<Vec<Listing>> {
        let mut listings = Vec::new();
        for listing in self.fallback.user_sessions(user).await? {
            // A digest that the primary knows is a copy.
            if self.primary.load(&listing.digest).await?.is_none() {
                listings.push(listing);
            }
        }
        // Only now, so that a session that is moved meanwhile is listed twice rather than missed.
        let listings = listings.into_iter().chain(self.primary.user_sessions(user).await?);
        let listings: BTreeMap<_, _> = listings.map(|listing| (listing.digest, listing)).collect();
        Ok(listings.into_values().collect())
    }

    async fn end_user_sessions(&self, user: &str, except: Option<&Digest>) -> StoreResult<u64> {
        let mut ended = 0;
        for Listing { digest, .. } in Store::user_sessions(self, user).await? {
            if Some(&digest) != except {
                ended += u64::from(matches!(self.end(&digest).await?, Some(Found::Live(_))));
            }
        }
        // Sessions that were renewed meanwhile: a new id was never in the fallback.
        Ok(ended + self.primary.end_user_sessions(user, except).await?)
    }

    async fn scan(&self, from: Option<&str>, batch: usize) -> StoreResult<Page> {
        // The fallback first, so that a session that is moved meanwhile is returned twice rather than missed.
        if let Some(from) = from.and_then(|from| from.strip_prefix(PRIMARY)) {
            let page = self.primary.scan(Some(from).filter(|from| !from.is_empty()), batch).await?;
            let found = page.found.into_iter().filter(|(_, found)| !is_mark(found)).collect();
            return Ok(Page { found, next: page.next.map(|next| format!("{PRIMARY}{next}")) });
        }
        let from = from.and_then(|from| from.strip_prefix(FALLBACK));
        let Page { found, next } = self.fallback.scan(from, batch).await?;
        let next = next.map_or_else(|| PRIMARY.to_owned(), |next| format!("{FALLBACK}{next}"));
        Ok(Page { found, next: Some(next) })
    }

    async fn close(&self) -> StoreResult<()> {
        let closed = self.primary.close().await;
        self.fallback.close().await.and(closed)
    }
}
