//! A lock that is held: given back when the request ends, however it ends.

use std::{num::NonZeroU64, sync::Arc};

use crate::{
    contract::error::StoreResult,
    contract::{id::Digest, lock::Lock},
    error::Result,
    limits::MAX_HOPS,
    visit::{core::Core, session_driver::SessionDriver},
};

/// A session's lock in the hands of a request. Dropped before it was [released](Self::release), by a panic or a client that
/// left, it is given back in the background.
pub(crate) struct LockGuard {
    core: Arc<Core>,
    driver: SessionDriver,
    digest: Digest,
    lock: Lock,
    is_held: bool,
}

impl LockGuard {
    pub(crate) const fn new(core: Arc<Core>, driver: SessionDriver, digest: Digest, lock: Lock) -> Self {
        Self { core, driver, digest, lock, is_held: true }
    }

    pub(crate) const fn owner(&self) -> NonZeroU64 {
        self.lock.owner
    }

    /// Whether another request may have the session by now.
    pub(crate) fn is_expired(&self) -> bool {
        self.core.clock.now() >= self.lock.until
    }

    /// Notes that the session has a new id.
    pub(crate) const fn follow(&mut self, digest: Digest) {
        self.digest = digest;
    }

    /// Gives the lock back.
    pub(crate) async fn release(mut self) -> Result<()> {
        let driver = self.driver.clone();
        let released = self.unlock().await;
        self.forget();
        released.map_err(driver.failed("release a session's lock"))
    }

    /// Takes the lock off the session, be it under a new id by now: a request that does not block may have renewed it, and
    /// the lock went along.
    async fn unlock(&self) -> StoreResult<()> {
        let (store, mut digest) = (self.driver.store(), self.digest);
        for _ in 0..MAX_HOPS {
            let way = store.unlock(&digest, self.lock.owner).await?;
            self.core.locks.call_next(&digest);
            match way {
                Some(forward) => digest = forward.successor,
                None => break,
            }
        }
        Ok(())
    }

    /// Notes that the store has let go of it already: with a save, or with the session.
    pub(crate) fn forget(&mut self) {
        self.is_held = false;
        self.core.locks.call_next(&self.digest);
    }
}

impl Drop for LockGuard {
    fn drop(&mut self) {
        // Without a runtime the lease ends it.
        if let (true, Ok(runtime)) = (self.is_held, tokio::runtime::Handle::try_current()) {
            let (core, driver) = (Arc::clone(&self.core), self.driver.clone());
            let guard = Self { core, driver, is_held: false, ..*self };
            runtime.spawn(async move { guard.release().await });
        }
    }
}
