//! Two stores as one, for a switch from one driver to another that logs nobody out: what the primary does not know is looked
//! for in the fallback, and moved when it is first used.
//!
//! The truth about a digest is what the primary holds under it, be it a record, a way to a successor or the mark of an end, and
//! what the fallback holds only if the primary knows nothing. Three steps keep it so, whoever comes between them and wherever
//! a process dies:
//!
//! - A mover loads from the fallback, **creates** in the primary, then removes from the fallback. So a session is in one of
//!   them or in both, and never in neither.
//! - Who looks asks the primary, the fallback, and if that has nothing the primary again: it may have been moved in between.
//! - Who ends a session moves it first, removes it from the fallback, and then puts the mark of an end in its place in the
//!   primary, [in one step](ended). The mark stays for longer than anybody moves.
//!
//! | beside a mover | what comes of it |
//! |---|---|
//! | another mover | the second creation is `Taken`: it answers what the primary holds by then |
//! | a save, a touch, a lock | the primary knows nothing: it moves the session itself, and tries again |
//! | a renewal | the same; a mover that comes late finds the way to the successor, and `create` is `Taken` |
//! | a logout before the creation | the logout has moved the session itself; the late creation is `Taken` by the mark |
//! | a logout after it | it ends what the mover has made; the mover removes from the fallback, where nothing is left |
//! | the end of a user's sessions | what both list is ended one by one, as by a logout; what was moved meanwhile is in the primary, which is asked last |
//! | the collector | what is over is removed in each; a mover that read it just before moves what is over, and it is removed next time |
//! | a mover that was stopped for longer than the mark lasts | it sees by the clock that what it read is old, and reads again |
//! | a process that dies between creation and removal | the fallback keeps a copy that nobody sees, is over before the primary's, and leaves with a logout |
//! | a process that dies during a logout | the session is alive in the primary, or has ended: the mark is the last step |

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

use crate::{
    contract::error::StoreResult,
    contract::{
        id::Digest,
        lock::Lock,
        locking::Locking,
        record::{Forward, Found, Record},
        store::{Collected, Creation, DynStore, Listing, Page, Store, Update},
    },
};
use salon_core::support::{Clock, Random, Timestamp};

/// Keeps sessions in the primary, and moves those there that the fallback has from before.
pub(crate) struct FallbackStore {
    primary: Arc<dyn DynStore>,
    fallback: Arc<dyn DynStore>,
    clock: Clock,
    random: Random,
    /// Whether the collector is through with the primary, and at the fallback now.
    collects_fallback: AtomicBool,
}

/// What the pages of a scan begin with: whose they are.
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

    /// New digests are random: none of them is in the fallback.
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

    /// Who has a lock has it on the primary's record.
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
        // Also after an error: a fallback that is down must not keep the primary from being collected.
        let goes_on = collected.as_ref().is_ok_and(|collected| collected.more);
        self.collects_fallback.store(goes_on, Ordering::Relaxed);
        collected
    }

    /// Copies count twice.
    async fn count(&self, now: Timestamp) -> StoreResult<u64> {
        Ok(self.fallback.count(now).await? + self.primary.count(now).await?)
    }

    async fn user_sessions(&self, user: &str) -> StoreResult<Vec<Listing>> {
        let mut listings = Vec::new();
        for listing in self.fallback.user_sessions(user).await? {
            // What the primary knows is a copy.
            if self.primary.load(&listing.digest).await?.is_none() {
                listings.push(listing);
            }
        }
        // Only now, so that what is moved meanwhile is listed twice, and not missed.
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
        // Those that were renewed meanwhile: a new id was never in the fallback.
        Ok(ended + self.primary.end_user_sessions(user, except).await?)
    }

    async fn scan(&self, from: Option<&str>, batch: usize) -> StoreResult<Page> {
        // The fallback first: what is moved meanwhile is come by once more, and not missed.
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
