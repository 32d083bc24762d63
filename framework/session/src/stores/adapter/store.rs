//! A driver as a store.

use std::{num::NonZeroU64, time::Duration};

use bytes::Bytes;
use salon_core::support::{Clock, Timestamp};
use tokio::sync::{Mutex, MutexGuard};

use crate::{
    codec,
    contract::{
        Collected, Creation, Digest, Driver, Forward, Found, Listing, Lock, Locking, Page, Record, Store, StoreError,
        StoreResult, Unlocking, Update,
    },
    limits::KEPT_AFTER_EXPIRY,
};

const GUARDS: usize = 64;

/// Makes a [`Driver`] a [`Store`]: a lock in this process around each read-decide-write.
pub(crate) struct DriverStore<D> {
    driver: D,
    clock: Clock,
    /// What was not written for this long has expired, whatever it is.
    max_lifetime: Duration,
    guards: [Mutex<()>; GUARDS],
}

impl<D: Driver> DriverStore<D> {
    pub(crate) fn new(driver: D, clock: Clock, max_lifetime: Duration) -> Self {
        Self { driver, clock, max_lifetime, guards: std::array::from_fn(|_| Mutex::new(())) }
    }

    async fn guard(&self, digest: &Digest) -> MutexGuard<'_, ()> {
        self.guards[usize::from(digest.as_bytes()[0]) % GUARDS].lock().await
    }

    async fn find(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        let bytes = self.driver.read(digest).await?;
        let bytes = bytes.filter(|bytes| !bytes.is_empty());
        Ok(bytes.map(|bytes| codec::decode(digest, &Bytes::from(bytes))))
    }

    async fn write(&self, digest: &Digest, record: &Record) -> StoreResult<()> {
        self.write_until(digest, &codec::encode(digest, record), record.expires_at).await
    }

    async fn write_until(&self, digest: &Digest, bytes: &[u8], end: Timestamp) -> StoreResult<()> {
        self.driver.write(digest, bytes, end.since(self.clock.now()) + KEPT_AFTER_EXPIRY).await
    }
}

impl<D: Driver> Store for DriverStore<D> {
    async fn load(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        self.find(digest).await
    }

    async fn create(&self, digest: &Digest, record: Record) -> StoreResult<Creation> {
        let _guard = self.guard(digest).await;
        if self.find(digest).await?.is_some() {
            return Ok(Creation::Taken);
        }
        self.write(digest, &record).await?;
        Ok(Creation::Created)
    }

    async fn update(&self, digest: &Digest, expected: u64, record: Record) -> StoreResult<Update> {
        let _guard = self.guard(digest).await;
        if let Some(answer) = Update::refusal(self.find(digest).await?.as_ref(), expected) {
            return Ok(answer);
        }
        self.write(digest, &record).await?;
        Ok(Update::Saved)
    }

    async fn touch(&self, digest: &Digest, active_at: Timestamp, expires_at: Timestamp) -> StoreResult<bool> {
        let _guard = self.guard(digest).await;
        let Some(Found::Live(mut record)) = self.find(digest).await? else { return Ok(false) };
        if record.touch(active_at, expires_at) {
            self.write(digest, &record).await?;
        }
        Ok(true)
    }

    async fn rotate(
        &self,
        old: &Digest,
        expected: u64,
        new: &Digest,
        record: Record,
        forward: Forward,
    ) -> StoreResult<Update> {
        let _guard = self.guard(old).await;
        if let Some(answer) = Update::refusal(self.find(old).await?.as_ref(), expected) {
            return Ok(answer);
        }
        // Nobody knows the new digest yet, so it needs no lock.
        self.write(new, &record).await?;
        self.write_until(old, &codec::encode_forward(old, &forward), forward.expires_at).await?;
        Ok(Update::Saved)
    }

    async fn lock(&self, digest: &Digest, lock: Lock, now: Timestamp) -> StoreResult<Locking> {
        let _guard = self.guard(digest).await;
        let locking = Locking::decide(self.find(digest).await?, lock, now);
        if let Locking::Granted(record) = &locking {
            self.write(digest, record).await?;
        }
        Ok(locking)
    }

    async fn unlock(&self, digest: &Digest, owner: NonZeroU64) -> StoreResult<Option<Forward>> {
        let _guard = self.guard(digest).await;
        match Unlocking::decide(self.find(digest).await?, owner) {
            Unlocking::Released(record) => {
                self.write(digest, &record).await?;
                Ok(None)
            }
            Unlocking::Unchanged(forward) => Ok(forward),
        }
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        let _guard = self.guard(digest).await;
        let found = self.find(digest).await?;
        if !matches!(found, Some(Found::Moved(_))) {
            self.driver.destroy(digest).await?;
        }
        Ok(found)
    }

    async fn collect(&self, now: Timestamp, _batch: usize) -> StoreResult<Collected> {
        // The driver counts from its own clock, which may have jumped ahead of the moment that is asked for.
        let removed = self.driver.gc(self.max_lifetime + self.clock.now().since(now)).await?;
        Ok(Collected { removed, more: false })
    }

    async fn count(&self, _now: Timestamp) -> StoreResult<u64> {
        Err(cannot("count its sessions"))
    }

    async fn user_sessions(&self, _user: &str) -> StoreResult<Vec<Listing>> {
        Err(cannot("list a user's sessions"))
    }

    async fn end_user_sessions(&self, _user: &str, _except: Option<&Digest>) -> StoreResult<u64> {
        Err(cannot("find a user's sessions"))
    }

    async fn scan(&self, _from: Option<&str>, _batch: usize) -> StoreResult<Page> {
        Err(cannot("list its sessions"))
    }

    async fn close(&self) -> StoreResult<()> {
        self.driver.close().await
    }
}

fn cannot(what: &str) -> StoreError {
    StoreError::unsupported(format!("a driver of six methods cannot {what}: implement the trait `Store` for that"))
}
