//! The implementation of the store.

use std::{
    collections::BTreeMap,
    num::NonZeroU64,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use salon_core::support::{Clock, Random, Timestamp};

use crate::{
    contract::{
        Collected, Creation, Digest, Forward, Found, Listing, Lock, Locking, Page, Record, Store, StoreResult, Update,
    },
    stores::{
        fallback::{
            moving::Moving,
            visible::{is_visible, refusal, visible_locking, visible_update},
        },
        tombstone::{is_tombstone, without_tombstone},
    },
    visit::DynStore,
};

/// Keeps sessions in the primary, and moves sessions there that are still in the fallback.
pub(crate) struct FallbackStore {
    pub(super) primary: Arc<dyn DynStore>,
    pub(super) fallback: Arc<dyn DynStore>,
    pub(super) clock: Clock,
    pub(super) random: Random,
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
            Some(found) => Ok(without_tombstone(found)),
            None => self.import(digest, Moving::OnlyUnexpired).await,
        }
    }

    /// New digests are random, so none of them is in the fallback.
    async fn create(&self, digest: &Digest, record: Record) -> StoreResult<Creation> {
        self.primary.create(digest, record).await
    }

    async fn update(&self, digest: &Digest, expected: u64, record: Record) -> StoreResult<Update> {
        let update = self.primary.update(digest, expected, record.clone()).await?;
        if update != Update::Gone {
            return Ok(visible_update(update));
        }
        match self.import(digest, Moving::Everything).await? {
            Some(Found::Live(_)) => Ok(visible_update(self.primary.update(digest, expected, record).await?)),
            found => Ok(refusal(found)),
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
            return Ok(visible_update(update));
        }
        match self.import(old, Moving::Everything).await? {
            Some(Found::Live(_)) => Ok(visible_update(self.primary.rotate(old, expected, new, record, forward).await?)),
            found => Ok(refusal(found)),
        }
    }

    async fn lock(&self, digest: &Digest, lock: Lock, now: Timestamp) -> StoreResult<Locking> {
        let locking = self.primary.lock(digest, lock, now).await?;
        if locking != Locking::NotLive(None) {
            return Ok(visible_locking(locking));
        }
        match self.import(digest, Moving::Everything).await? {
            Some(Found::Live(_)) => Ok(visible_locking(self.primary.lock(digest, lock, now).await?)),
            found => Ok(Locking::NotLive(found)),
        }
    }

    /// A lock is always held on the primary's record.
    async fn unlock(&self, digest: &Digest, owner: NonZeroU64) -> StoreResult<Option<Forward>> {
        Ok(self.primary.unlock(digest, owner).await?.filter(|forward| !is_tombstone(forward)))
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
            let found = page.found.into_iter().filter(|(_, found)| is_visible(found)).collect();
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
