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
            moving::{Layers, Moving},
            visible::{is_visible, refusal, visible_locking, visible_update},
        },
        tombstone::{is_tombstone, without_tombstone},
    },
    visit::DynStore,
};

/// Keeps sessions in the primary, and moves sessions there that are still in the fallback.
pub(crate) struct FallbackStore {
    layers: Layers,
    /// True if the collector has finished with the primary, and is now at the fallback.
    collects_fallback: AtomicBool,
}

/// The prefixes of page positions: which store the position belongs to.
const FALLBACK: &str = "fallback ";
const PRIMARY: &str = "primary ";

impl FallbackStore {
    pub(crate) fn new(primary: Arc<dyn DynStore>, fallback: Arc<dyn DynStore>, clock: Clock, random: Random) -> Self {
        let layers = Layers { primary, fallback, clock, random };
        Self { layers, collects_fallback: AtomicBool::new(false) }
    }

    /// Asks the primary. If it does not know the session, and a live one is in the fallback, moves that one and asks again.
    async fn ask<T: PartialEq + Send, F: Future<Output = StoreResult<T>> + Send>(
        &self,
        digest: &Digest,
        unknown: T,
        call: impl Fn() -> F + Send + Sync,
        answer: impl Fn(Option<Found>) -> T + Send,
    ) -> StoreResult<T> {
        let first = call().await?;
        if first != unknown {
            return Ok(first);
        }
        match self.layers.import(digest, Moving::Everything).await? {
            Some(Found::Live(_)) => call().await,
            found => Ok(answer(found)),
        }
    }
}

impl Store for FallbackStore {
    async fn load(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        match self.layers.primary.load(digest).await? {
            Some(found) => Ok(without_tombstone(found)),
            None => self.layers.import(digest, Moving::OnlyUnexpired).await,
        }
    }

    /// New digests are random, so none of them is in the fallback.
    async fn create(&self, digest: &Digest, record: Record) -> StoreResult<Creation> {
        self.layers.primary.create(digest, record).await
    }

    async fn update(&self, digest: &Digest, expected: u64, record: Record) -> StoreResult<Update> {
        let update = || self.layers.primary.update(digest, expected, record.clone());
        Ok(visible_update(self.ask(digest, Update::Gone, update, refusal).await?))
    }

    async fn touch(&self, digest: &Digest, active_at: Timestamp, expires_at: Timestamp) -> StoreResult<bool> {
        self.ask(digest, false, || self.layers.primary.touch(digest, active_at, expires_at), |_| false).await
    }

    async fn rotate(
        &self,
        old: &Digest,
        expected: u64,
        new: &Digest,
        record: Record,
        forward: Forward,
    ) -> StoreResult<Update> {
        let rotate = || self.layers.primary.rotate(old, expected, new, record.clone(), forward.clone());
        Ok(visible_update(self.ask(old, Update::Gone, rotate, refusal).await?))
    }

    async fn lock(&self, digest: &Digest, lock: Lock, now: Timestamp) -> StoreResult<Locking> {
        let lock = || self.layers.primary.lock(digest, lock, now);
        Ok(visible_locking(self.ask(digest, Locking::NotLive(None), lock, Locking::NotLive).await?))
    }

    /// A lock is always held on the primary's record.
    async fn unlock(&self, digest: &Digest, owner: NonZeroU64) -> StoreResult<Option<Forward>> {
        Ok(self.layers.primary.unlock(digest, owner).await?.filter(|forward| !is_tombstone(forward)))
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        self.layers.end(digest).await
    }

    async fn collect(&self, now: Timestamp, batch: usize) -> StoreResult<Collected> {
        if !self.collects_fallback.load(Ordering::Relaxed) {
            let collected = self.layers.primary.collect(now, batch).await?;
            self.collects_fallback.store(!collected.more, Ordering::Relaxed);
            return Ok(Collected { more: true, ..collected });
        }
        let collected = self.layers.fallback.collect(now, batch).await;
        // Also after an error: a fallback that is down must not stop the collection of the primary.
        let goes_on = collected.as_ref().is_ok_and(|collected| collected.more);
        self.collects_fallback.store(goes_on, Ordering::Relaxed);
        collected
    }

    /// Counts copies twice.
    async fn count(&self, now: Timestamp) -> StoreResult<u64> {
        Ok(self.layers.fallback.count(now).await? + self.layers.primary.count(now).await?)
    }

    async fn user_sessions(&self, user: &str) -> StoreResult<Vec<Listing>> {
        let mut listings = Vec::new();
        for listing in self.layers.fallback.user_sessions(user).await? {
            // A digest that the primary knows is a copy.
            if self.layers.primary.load(&listing.digest).await?.is_none() {
                listings.push(listing);
            }
        }
        // Only now, so that a session that is moved meanwhile is listed twice rather than missed.
        let listings = listings.into_iter().chain(self.layers.primary.user_sessions(user).await?);
        let listings: BTreeMap<_, _> = listings.map(|listing| (listing.digest, listing)).collect();
        Ok(listings.into_values().collect())
    }

    async fn end_user_sessions(&self, user: &str, except: Option<&Digest>) -> StoreResult<u64> {
        let mut ended = 0;
        for Listing { digest, .. } in Store::user_sessions(self, user).await? {
            if Some(&digest) != except {
                ended += u64::from(matches!(self.layers.end(&digest).await?, Some(Found::Live(_))));
            }
        }
        // Sessions that were renewed meanwhile: a new id was never in the fallback.
        Ok(ended + self.layers.primary.end_user_sessions(user, except).await?)
    }

    async fn scan(&self, from: Option<&str>, batch: usize) -> StoreResult<Page> {
        // The fallback first, so that a session that is moved meanwhile is returned twice rather than missed.
        let (mut page, prefix) = match from.and_then(|from| from.strip_prefix(PRIMARY)) {
            Some(from) => (self.layers.primary.scan(Some(from).filter(|from| !from.is_empty()), batch).await?, PRIMARY),
            None => {
                let from = from.and_then(|from| from.strip_prefix(FALLBACK));
                (self.layers.fallback.scan(from, batch).await?, FALLBACK)
            }
        };
        page.found.retain(|(_, found)| is_visible(found));
        page.next = match page.next {
            Some(next) => Some(format!("{prefix}{next}")),
            None => (prefix == FALLBACK).then(|| PRIMARY.to_owned()),
        };
        Ok(page)
    }

    async fn close(&self) -> StoreResult<()> {
        let closed = self.layers.primary.close().await;
        self.layers.fallback.close().await.and(closed)
    }
}
