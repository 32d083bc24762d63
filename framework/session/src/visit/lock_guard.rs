//! A lock that is held, and that is released when the request ends, however it ends.

use std::num::NonZeroU64;

use crate::{
    contract::{Digest, Lock, StoreResult},
    error::Result,
    limits::MAX_HOPS,
    visit::session_driver::SessionDriver,
};

/// The lock of a session that a request holds. If it is dropped before it was [released](Self::release), by a panic or
/// because the client disconnected, it is released in the background.
pub(crate) struct LockGuard {
    driver: SessionDriver,
    digest: Digest,
    lock: Lock,
    is_held: bool,
}

impl LockGuard {
    pub(crate) const fn new(driver: SessionDriver, digest: Digest, lock: Lock) -> Self {
        Self { driver, digest, lock, is_held: true }
    }

    pub(crate) const fn owner(&self) -> NonZeroU64 {
        self.lock.owner
    }

    /// True if the lease has expired, so that another request may hold the session.
    pub(crate) fn is_expired(&self) -> bool {
        self.driver.core().clock.now() >= self.lock.until
    }

    /// Notes that the session, and the lock with it, has a new id.
    pub(crate) const fn follow(&mut self, digest: Digest) {
        self.digest = digest;
    }

    /// Releases the lock.
    pub(crate) async fn release(mut self) -> Result<()> {
        let driver = self.driver.clone();
        let released = self.unlock().await;
        self.forget();
        released.map_err(driver.failed("release a session's lock"))
    }

    /// Releases the lock in the store, under a new id if necessary: a request that does not block may have renewed the
    /// session, and the lock went along.
    async fn unlock(&self) -> StoreResult<()> {
        let (store, mut digest) = (self.driver.store(), self.digest);
        for _ in 0..MAX_HOPS {
            let forward = store.unlock(&digest, self.lock.owner).await?;
            self.driver.core().locks.wake_next(&digest);
            match forward {
                Some(forward) => digest = forward.successor,
                None => break,
            }
        }
        Ok(())
    }

    /// Notes that the lock no longer exists in the store: a save has released it, or the session has ended.
    pub(crate) fn forget(&mut self) {
        self.is_held = false;
        self.driver.core().locks.wake_next(&self.digest);
    }
}

impl Drop for LockGuard {
    fn drop(&mut self) {
        // Without a runtime, the lock ends when its lease expires.
        if let (true, Ok(runtime)) = (self.is_held, tokio::runtime::Handle::try_current()) {
            let guard = Self { driver: self.driver.clone(), is_held: false, ..*self };
            runtime.spawn(async move { guard.release().await });
        }
    }
}
