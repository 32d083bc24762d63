//! A store whose every call waits before it is made, and again before its result is returned.

use std::{num::NonZeroU64, sync::Arc};

use futures_util::future::BoxFuture;
use salon_core::support::Timestamp;

use crate::contract::{
    Collected, Creation, Digest, Forward, Found, Listing, Lock, Locking, Page, Record, Store, StoreResult, Update,
};
use crate::visit::DynStore;

type Hold = dyn Fn(bool) -> BoxFuture<'static, StoreResult<()>> + Send + Sync;

/// A store that waits as `hold` says, which is called with whether it is the result that waits.
pub(crate) struct Held {
    store: Arc<dyn DynStore>,
    hold: Box<Hold>,
}

impl Held {
    pub(crate) fn new(
        store: Arc<dyn DynStore>,
        hold: impl Fn(bool) -> BoxFuture<'static, StoreResult<()>> + Send + Sync + 'static,
    ) -> Self {
        Self { store, hold: Box::new(hold) }
    }

    async fn call<T: Send>(&self, call: impl Future<Output = StoreResult<T>> + Send) -> StoreResult<T> {
        (self.hold)(false).await?;
        let answer = call.await?;
        (self.hold)(true).await.map(|()| answer)
    }
}

impl Store for Held {
    async fn load(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        self.call(self.store.load(digest)).await
    }

    async fn create(&self, digest: &Digest, record: Record) -> StoreResult<Creation> {
        self.call(self.store.create(digest, record)).await
    }

    async fn update(&self, digest: &Digest, expected: u64, record: Record) -> StoreResult<Update> {
        self.call(self.store.update(digest, expected, record)).await
    }

    async fn touch(&self, digest: &Digest, active_at: Timestamp, expires_at: Timestamp) -> StoreResult<bool> {
        self.call(self.store.touch(digest, active_at, expires_at)).await
    }

    async fn rotate(
        &self,
        old: &Digest,
        expected: u64,
        new: &Digest,
        record: Record,
        forward: Forward,
    ) -> StoreResult<Update> {
        self.call(self.store.rotate(old, expected, new, record, forward)).await
    }

    async fn lock(&self, digest: &Digest, lock: Lock, now: Timestamp) -> StoreResult<Locking> {
        self.call(self.store.lock(digest, lock, now)).await
    }

    async fn unlock(&self, digest: &Digest, owner: NonZeroU64) -> StoreResult<Option<Forward>> {
        self.call(self.store.unlock(digest, owner)).await
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        self.call(self.store.destroy(digest)).await
    }

    async fn collect(&self, now: Timestamp, batch: usize) -> StoreResult<Collected> {
        self.call(self.store.collect(now, batch)).await
    }

    async fn count(&self, now: Timestamp) -> StoreResult<u64> {
        self.call(self.store.count(now)).await
    }

    async fn user_sessions(&self, user: &str) -> StoreResult<Vec<Listing>> {
        self.call(self.store.user_sessions(user)).await
    }

    async fn end_user_sessions(&self, user: &str, except: Option<&Digest>) -> StoreResult<u64> {
        self.call(self.store.end_user_sessions(user, except)).await
    }

    async fn scan(&self, from: Option<&str>, batch: usize) -> StoreResult<Page> {
        self.call(self.store.scan(from, batch)).await
    }

    async fn close(&self) -> StoreResult<()> {
        self.call(self.store.close()).await
    }
}
