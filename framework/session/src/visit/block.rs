//! `concurrency = "block"`: a session for one request at a time.

use std::{num::NonZeroU64, ops::ControlFlow, time::Duration};

use salon_core::support::finish;
use tokio::time::{Instant, timeout_at};

use crate::{
    contract::{Found, Id, Lock, Locking},
    error::{Error, Result},
    limits::MAX_HOPS,
    visit::{
        core::Core,
        load::{Lookup, Resolution, follow_forward},
        lock_guard::LockGuard,
        session_driver::SessionDriver,
    },
};

/// How long to wait at most before asking the store again. A release in this process wakes the waiting request at once,
/// but one in another process does not.
const MAX_PAUSE: Duration = Duration::from_millis(50);

/// Finds the live session of an id, waits until no other request holds it, and locks it.
///
/// # Errors
/// Returns an error if the store is unavailable, if the driver supports no locks, or if another request held the
/// session for longer than `lock_wait`.
pub(crate) async fn lock(driver: &SessionDriver, id: Id) -> Result<(Resolution, Option<LockGuard>)> {
    if !driver.carrier().can_block() {
        return Err(Error::CannotBlock { driver: driver.name().to_owned() });
    }
    let deadline = Instant::now() + driver.core().settings.lock_wait;
    let mut id = id;
    for _ in 0..MAX_HOPS {
        let (found, guard) = wait(driver, &id, deadline).await?;
        match (follow_forward(driver, id, found, Lookup::Visitor), guard) {
            (ControlFlow::Continue(successor), _) => id = successor,
            (ControlFlow::Break(Resolution::Found(loaded)), guard) => return Ok((Resolution::Found(loaded), guard)),
            // The guard is dropped here, which releases the lock of a session that has expired or cannot be read.
            (ControlFlow::Break(resolution), _) => return Ok((resolution, None)),
        }
    }
    Ok((Resolution::NotFound, None))
}

/// Waits for the lock of what is under an id. Returns a live record with its lock, or anything else without one.
async fn wait(driver: &SessionDriver, id: &Id, deadline: Instant) -> Result<(Option<Found>, Option<LockGuard>)> {
    let (core, digest) = (driver.core(), id.digest());
    let late = |_| Error::Locked { waited: core.settings.lock_wait };
    // A request that comes later queues behind those that are waiting. Only the first of them asks the store.
    let mut turn = timeout_at(deadline, core.locks.join_if_exists(&digest)).await.map_err(late)?;
    loop {
        match try_lock(driver, id.clone()).await? {
            Ok((found, guard)) => return Ok((Some(found), Some(guard))),
            Err(Locking::NotLive(found)) => return Ok((found, None)),
            Err(_) => {}
        }
        match &turn {
            None => turn = Some(timeout_at(deadline, core.locks.join(&digest)).await.map_err(late)?),
            Some(turn) => {
                let next = Instant::now() + pause(core);
                if timeout_at(next.min(deadline), turn.called()).await.is_err() && next >= deadline {
                    return Err(Error::Locked { waited: core.settings.lock_wait });
                }
            }
        }
    }
}

/// Asks the store once. If the caller leaves, the call still completes, and then releases the lock that it was granted.
async fn try_lock(driver: &SessionDriver, id: Id) -> Result<std::result::Result<(Found, LockGuard), Locking>> {
    let driver = driver.clone();
    finish(Box::pin(async move {
        let core = driver.core();
        let (digest, now) = (id.digest(), core.clock.now());
        let lock = Lock { owner: owner(core)?, until: now + core.settings.lock_lease };
        match driver.store().lock(&digest, lock, now).await {
            Ok(Locking::Granted(record)) => Ok(Ok((Found::Live(record), LockGuard::new(driver.clone(), digest, lock)))),
            Ok(locking) => Ok(Err(locking)),
            Err(error) => {
                // The lock may have been granted, and only the reply lost. Then it must not stay until its lease
                // expires.
                drop(LockGuard::new(driver.clone(), digest, lock));
                Err(driver.failed("lock a session")(error))
            }
        }
    }))
    .await
}

fn owner(core: &Core) -> Result<NonZeroU64> {
    let mut bytes = [0; 8];
    core.random.fill(&mut bytes)?;
    Ok(NonZeroU64::new(u64::from_le_bytes(bytes)).unwrap_or(NonZeroU64::MIN))
}

/// Returns a pause of random length, so that the requests of several processes do not ask at the same time.
fn pause(core: &Core) -> Duration {
    core.random.jitter(MAX_PAUSE, 0.5..=1.0)
}
