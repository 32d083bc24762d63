//! `concurrency = "block"`: a session for one request at a time.

use std::{num::NonZeroU64, ops::ControlFlow, sync::Arc, time::Duration};

use salon_core::support::finish;
use tokio::time::{Instant, timeout_at};

use crate::{
    contract::{id::Id, lock::Lock, locking::Locking, record::Found},
    error::{Error, Result},
    limits::MAX_HOPS,
    visit::{
        core::Core,
        load::{Lookup, Resolution, follow_forward},
        lock_guard::LockGuard,
        session_driver::SessionDriver,
    },
};

/// How long to wait at most before asking the store again: in this process a release is heard of at once, in another one not.
const MAX_PAUSE: Duration = Duration::from_millis(50);

/// Finds the live session of an id, waits until it is this request's, and locks it.
///
/// # Errors
/// The store failed, or gives no locks; another request kept the session for longer than `lock_wait`.
pub(crate) async fn lock(core: &Arc<Core>, driver: &SessionDriver, id: Id) -> Result<(Resolution, Option<LockGuard>)> {
    if !driver.carrier().can_block() {
        return Err(Error::CannotBlock { driver: driver.name().to_owned() });
    }
    let deadline = Instant::now() + core.settings.lock_wait;
    let mut id = id;
    for _ in 0..MAX_HOPS {
        let (found, guard) = wait(core, driver, &id, deadline).await?;
        match (follow_forward(core, driver, id, found, Lookup::Visitor), guard) {
            (ControlFlow::Continue(successor), _) => id = successor,
            (ControlFlow::Break(Resolution::To(loaded)), guard) => return Ok((Resolution::To(loaded), guard)),
            // A lock on what is over goes back.
            (ControlFlow::Break(way), _) => return Ok((way, None)),
        }
    }
    Ok((Resolution::Nowhere, None))
}

/// Waits for what is under an id: a live record with its lock, or something else that needs none.
async fn wait(
    core: &Arc<Core>,
    driver: &SessionDriver,
    id: &Id,
    deadline: Instant,
) -> Result<(Option<Found>, Option<LockGuard>)> {
    let digest = id.digest();
    let late = |_| Error::Locked { waited: core.settings.lock_wait };
    // Who comes later queues behind those that wait already; only the first of them asks the store.
    let mut turn = timeout_at(deadline, core.locks.join_if_formed(&digest)).await.map_err(late)?;
    loop {
        match try_lock(core, driver, id.clone()).await? {
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

/// Asks the store once. The call goes on though the caller leaves, and then gives back what it was granted.
async fn try_lock(
    core: &Arc<Core>,
    driver: &SessionDriver,
    id: Id,
) -> Result<std::result::Result<(Found, LockGuard), Locking>> {
    let (core, driver) = (Arc::clone(core), driver.clone());
    finish(Box::pin(async move {
        let (digest, now) = (id.digest(), core.clock.now());
        let lock = Lock { owner: owner(&core)?, until: now + core.settings.lock_lease };
        match driver.store().lock(&digest, lock, now).await {
            Ok(Locking::Granted(record)) => Ok(Ok((Found::Live(record), LockGuard::new(core, driver, digest, lock)))),
            Ok(locking) => Ok(Err(locking)),
            Err(error) => {
                // It may have been granted, and only the answer be lost: then it goes back, and not only with its lease.
                drop(LockGuard::new(Arc::clone(&core), driver.clone(), digest, lock));
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

/// A pause of random length, so that the requests of several processes do not ask in step.
fn pause(core: &Core) -> Duration {
    core.random.jitter(MAX_PAUSE, 0.5..=1.0)
}
