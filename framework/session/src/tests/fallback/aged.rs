//! Two stores as one, where perhaps every session dates from before the switch.

use std::{num::NonZeroU64, sync::Arc};

use salon_core::support::Timestamp;

use crate::visit::DynStore;
use crate::{
    contract::{
        Collected, Creation, Digest, Forward, Found, Listing, Lock, Locking, Page, Record, Store, StoreResult, Update,
    },
    stores::FallbackStore,
};

/// Creates records in the fallback, as happened when it was the only store.
pub(super) struct Aged<K> {
    pub(super) is_aged: bool,
    #[expect(dead_code, reason = "dropping it removes the folders")]
    pub(super) kept: K,
    pub(super) store: FallbackStore,
    pub(super) primary: Arc<dyn DynStore>,
    pub(super) fallback: Arc<dyn DynStore>,
}

impl<K: Send + Sync + 'static> Store for Aged<K> {
    async fn load(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        Store::load(&self.store, digest).await
    }

    async fn create(&self, digest: &Digest, record: Record) -> StoreResult<Creation> {
        if !self.is_aged {
            return Store::create(&self.store, digest, record).await;
        }
        // A session that has moved, or ended after that, has taken the digest too.
        if self.primary.load(digest).await?.is_some() {
            return Ok(Creation::Taken);
        }
        self.fallback.create(digest, record).await
    }

    async fn update(&self, digest: &Digest, expected: u64, record: Record) -> StoreResult<Update> {
        Store::update(&self.store, digest, expected, record).await
    }

    async fn touch(&self, digest: &Digest, active_at: Timestamp, expires_at: Timestamp) -> StoreResult<bool> {
        Store::touch(&self.store, digest, active_at, expires_at).await
    }

    async fn rotate(
        &self,
        old: &Digest,
        expected: u64,
        new: &Digest,
        record: Record,
        forward: Forward,
    ) -> StoreResult<Update> {
        Store::rotate(&self.store, old, expected, new, record, forward).await
    }

    async fn lock(&self, digest: &Digest, lock: Lock, now: Timestamp) -> StoreResult<Locking> {
        Store::lock(&self.store, digest, lock, now).await
    }

    async fn unlock(&self, digest: &Digest, owner: NonZeroU64) -> StoreResult<Option<Forward>> {
        Store::unlock(&self.store, digest, owner).await
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        Store::destroy(&self.store, digest).await
    }

    async fn collect(&self, now: Timestamp, batch: usize) -> StoreResult<Collected> {
        Store::collect(&self.store, now, batch).await
    }

    async fn count(&self, now: Timestamp) -> StoreResult<u64> {
        Store::count(&self.store, now).await
    }

    async fn user_sessions(&self, user: &str) -> StoreResult<Vec<Listing>> {
        Store::user_sessions(&self.store, user).await
    }

    async fn end_user_sessions(&self, user: &str, except: Option<&Digest>) -> StoreResult<u64> {
        Store::end_user_sessions(&self.store, user, except).await
    }

    async fn scan(&self, from: Option<&str>, batch: usize) -> StoreResult<Page> {
        Store::scan(&self.store, from, batch).await
    }

    async fn close(&self) -> StoreResult<()> {
        Store::close(&self.store).await
    }
}
