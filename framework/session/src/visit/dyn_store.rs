//! [`Store`] as a trait object, because the driver is chosen at run time.

use std::{num::NonZeroU64, pin::Pin};

use salon_core::support::Timestamp;

use crate::contract::{
    Collected, Creation, Digest, Forward, Found, Listing, Lock, Locking, Page, Record, Store, StoreResult, Update,
};

type Answer<'a, T> = Pin<Box<dyn Future<Output = StoreResult<T>> + Send + 'a>>;

/// [`Store`] with boxed futures, so that it can be used as a trait object.
pub(crate) trait DynStore: Send + Sync {
    fn load<'a>(&'a self, digest: &'a Digest) -> Answer<'a, Option<Found>>;
    fn create<'a>(&'a self, digest: &'a Digest, record: Record) -> Answer<'a, Creation>;
    fn update<'a>(&'a self, digest: &'a Digest, expected: u64, record: Record) -> Answer<'a, Update>;
    fn touch<'a>(&'a self, digest: &'a Digest, active_at: Timestamp, expires_at: Timestamp) -> Answer<'a, bool>;
    fn rotate<'a>(
        &'a self,
        old: &'a Digest,
        expected: u64,
        new: &'a Digest,
        record: Record,
        forward: Forward,
    ) -> Answer<'a, Update>;
    fn lock<'a>(&'a self, digest: &'a Digest, lock: Lock, now: Timestamp) -> Answer<'a, Locking>;
    fn unlock<'a>(&'a self, digest: &'a Digest, owner: NonZeroU64) -> Answer<'a, Option<Forward>>;
    fn destroy<'a>(&'a self, digest: &'a Digest) -> Answer<'a, Option<Found>>;
    fn collect(&self, now: Timestamp, batch: usize) -> Answer<'_, Collected>;
    fn count(&self, now: Timestamp) -> Answer<'_, u64>;
    fn user_sessions<'a>(&'a self, user: &'a str) -> Answer<'a, Vec<Listing>>;
    fn end_user_sessions<'a>(&'a self, user: &'a str, except: Option<&'a Digest>) -> Answer<'a, u64>;
    fn scan<'a>(&'a self, from: Option<&'a str>, batch: usize) -> Answer<'a, Page>;
    fn close(&self) -> Answer<'_, ()>;
}

impl<S: Store> DynStore for S {
    fn load<'a>(&'a self, digest: &'a Digest) -> Answer<'a, Option<Found>> {
        Box::pin(Store::load(self, digest))
    }

    fn create<'a>(&'a self, digest: &'a Digest, record: Record) -> Answer<'a, Creation> {
        Box::pin(Store::create(self, digest, record))
    }

    fn update<'a>(&'a self, digest: &'a Digest, expected: u64, record: Record) -> Answer<'a, Update> {
        Box::pin(Store::update(self, digest, expected, record))
    }

    fn touch<'a>(&'a self, digest: &'a Digest, active_at: Timestamp, expires_at: Timestamp) -> Answer<'a, bool> {
        Box::pin(Store::touch(self, digest, active_at, expires_at))
    }

    fn rotate<'a>(
        &'a self,
        old: &'a Digest,
        expected: u64,
        new: &'a Digest,
        record: Record,
        forward: Forward,
    ) -> Answer<'a, Update> {
        Box::pin(Store::rotate(self, old, expected, new, record, forward))
    }

    fn lock<'a>(&'a self, digest: &'a Digest, lock: Lock, now: Timestamp) -> Answer<'a, Locking> {
        Box::pin(Store::lock(self, digest, lock, now))
    }

    fn unlock<'a>(&'a self, digest: &'a Digest, owner: NonZeroU64) -> Answer<'a, Option<Forward>> {
        Box::pin(Store::unlock(self, digest, owner))
    }

    fn destroy<'a>(&'a self, digest: &'a Digest) -> Answer<'a, Option<Found>> {
        Box::pin(Store::destroy(self, digest))
    }

    fn collect(&self, now: Timestamp, batch: usize) -> Answer<'_, Collected> {
        Box::pin(Store::collect(self, now, batch))
    }

    fn count(&self, now: Timestamp) -> Answer<'_, u64> {
        Box::pin(Store::count(self, now))
    }

    fn user_sessions<'a>(&'a self, user: &'a str) -> Answer<'a, Vec<Listing>> {
        Box::pin(Store::user_sessions(self, user))
    }

    fn end_user_sessions<'a>(&'a self, user: &'a str, except: Option<&'a Digest>) -> Answer<'a, u64> {
        Box::pin(Store::end_user_sessions(self, user, except))
    }

    fn scan<'a>(&'a self, from: Option<&'a str>, batch: usize) -> Answer<'a, Page> {
        Box::pin(Store::scan(self, from, batch))
    }

    fn close(&self) -> Answer<'_, ()> {
        Box::pin(Store::close(self))
    }
}
