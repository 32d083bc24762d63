//! The implementation of the store.

use std::num::NonZeroU64;

use salon_core::support::Timestamp;

use crate::contract::{
    Collected, Creation, Digest, Forward, Found, Listing, Lock, Locking, Page, Record, Store, StoreResult, Update,
};

/// Stores nothing.
pub(crate) struct NullStore;

impl NullStore {
    /// Says what the app cannot do with it, for that is easily overlooked.
    pub(crate) fn open() -> Self {
        tracing::warn!(
            event = "session.null",
            "the session driver `null` keeps nothing: without APP_KEY every form that needs a CSRF token is answered with 419"
        );
        Self
    }
}

impl Store for NullStore {
    async fn load(&self, _digest: &Digest) -> StoreResult<Option<Found>> {
        Ok(None)
    }

    async fn create(&self, _digest: &Digest, _record: Record) -> StoreResult<Creation> {
        Ok(Creation::Discarded)
    }

    async fn update(&self, _digest: &Digest, _expected: u64, _record: Record) -> StoreResult<Update> {
        Ok(Update::Gone)
    }

    async fn touch(&self, _digest: &Digest, _active_at: Timestamp, _expires_at: Timestamp) -> StoreResult<bool> {
        Ok(false)
    }

    async fn rotate(
        &self,
        _old: &Digest,
        _expected: u64,
        _new: &Digest,
        _record: Record,
        _forward: Forward,
    ) -> StoreResult<Update> {
        Ok(Update::Gone)
    }

    async fn lock(&self, _digest: &Digest, _lock: Lock, _now: Timestamp) -> StoreResult<Locking> {
        Ok(Locking::NotLive(None))
    }

    async fn unlock(&self, _digest: &Digest, _owner: NonZeroU64) -> StoreResult<Option<Forward>> {
        Ok(None)
    }

    async fn destroy(&self, _digest: &Digest) -> StoreResult<Option<Found>> {
        Ok(None)
    }

    async fn collect(&self, _now: Timestamp, _batch: usize) -> StoreResult<Collected> {
        Ok(Collected::default())
    }

    async fn count(&self, _now: Timestamp) -> StoreResult<u64> {
        Ok(0)
    }

    async fn user_sessions(&self, _user: &str) -> StoreResult<Vec<Listing>> {
        Ok(Vec::new())
    }

    async fn end_user_sessions(&self, _user: &str, _except: Option<&Digest>) -> StoreResult<u64> {
        Ok(0)
    }

    async fn scan(&self, _from: Option<&str>, _batch: usize) -> StoreResult<Page> {
        Ok(Page::default())
    }

    async fn close(&self) -> StoreResult<()> {
        Ok(())
    }
}
