//! The collector: removes expired sessions in the background, so that no visitor pays for it.

use std::{future::Future, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use salon_core::support::{Random, Timestamp};
use tokio::{sync::MutexGuard, time::Instant};

use crate::{
    error::Result,
    events::event::SessionEvent,
    manager::horizon::Horizon,
    visit::{core::Core, session_driver::SessionDriver},
};

/// Records looked at or removed at a time; requests get their turn in between.
const BATCH: usize = 1_000;
/// The pause between two batches.
const PAUSE: Duration = Duration::from_millis(10);

/// Removes every session that is over by now; how many.
pub(crate) async fn collect(core: &Core, driver: &SessionDriver) -> Result<u64> {
    collect_until(core, driver, Horizon::of(core.clock.now())).await
}

async fn collect_until(core: &Core, driver: &SessionDriver, horizon: Timestamp) -> Result<u64> {
    let mut removed = 0;
    loop {
        let collected = driver.store().collect(horizon, BATCH).await;
        let collected = collected.map_err(driver.failed("remove expired sessions"))?;
        removed += collected.removed;
        if !collected.more {
            core.events.emit(&SessionEvent::Collected { sessions: removed });
            return Ok(removed);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Collects once an interval until `shutdown` is ready. A failure, be it a panic of the driver, is logged, and the next
/// interval tries again.
pub(crate) async fn collect_regularly(
    core: Arc<Core>,
    driver: SessionDriver,
    interval: Duration,
    shutdown: impl Future<Output = ()> + Send,
) {
    let work = async {
        loop {
            tokio::time::sleep(jittered(interval, &core.random)).await;
            collect_unasked(&core, &driver, core.horizon.lock().await).await;
        }
    };
    tokio::select! {
        () = shutdown => {}
        () = work => {}
    }
}

/// Collects if no other collection of this process is under way.
pub(crate) async fn collect_unless_busy(core: &Core, driver: &SessionDriver) {
    if let Ok(horizon) = core.horizon.try_lock() {
        collect_unasked(core, driver, horizon).await;
    }
}

/// Nobody looks at the clock here, so it is not trusted blindly, and nobody hears of an error but through the event.
async fn collect_unasked(core: &Core, driver: &SessionDriver, mut horizon: MutexGuard<'_, Horizon>) {
    let until = horizon.advance(core.clock.now(), Instant::now().into_std());
    if AssertUnwindSafe(collect_until(core, driver, until)).catch_unwind().await.is_err() {
        let (driver, reason) = (driver.name().to_owned(), "it panicked".to_owned());
        core.events.emit(&SessionEvent::StoreFailed { driver, action: "remove expired sessions", reason });
    }
}

/// The interval give or take a tenth, so that several processes do not collect at the same moment.
fn jittered(interval: Duration, random: &Random) -> Duration {
    random.jitter(interval, 0.9..=1.1)
}
