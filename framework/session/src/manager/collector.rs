//! The collector: removes expired sessions in the background, so that no visitor waits for it.

use std::{future::Future, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use salon_core::support::{Random, Timestamp};
use tokio::{
    sync::{Mutex, MutexGuard},
    time::Instant,
};

use crate::{
    error::Result,
    events::SessionEvent,
    manager::horizon::Horizon,
    visit::{Core, SessionDriver},
};

/// How many records are examined or removed at a time. Requests are served in between.
const BATCH: usize = 1_000;
/// The pause between two batches.
const PAUSE: Duration = Duration::from_millis(10);

/// Removes every session of a driver that has expired by now, and returns how many.
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

/// Removes expired sessions in the background.
pub(crate) struct Collector {
    core: Arc<Core>,
    /// Locked during a collection.
    horizon: Mutex<Horizon>,
}

impl Collector {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        let horizon = Horizon::new(core.clock.now(), Instant::now().into_std());
        Self { core, horizon: Mutex::new(horizon) }
    }

    /// Collects once per interval until `shutdown` is ready. A failure, even a panic of the driver, is logged, and the
    /// next interval tries again.
    pub(crate) async fn run(
        &self,
        driver: SessionDriver,
        interval: Duration,
        shutdown: impl Future<Output = ()> + Send,
    ) {
        let work = async {
            loop {
                tokio::time::sleep(jittered(interval, &self.core.random)).await;
                self.collect(&driver, self.horizon.lock().await).await;
            }
        };
        tokio::select! {
            () = shutdown => {}
            () = work => {}
        }
    }

    /// Collects if no other collection of this process is running.
    pub(crate) async fn collect_unless_busy(&self, driver: &SessionDriver) {
        if let Ok(horizon) = self.horizon.try_lock() {
            self.collect(driver, horizon).await;
        }
    }

    /// The clock is not trusted blindly, because nobody watches this run. For the same reason an error is reported by
    /// an event only.
    async fn collect(&self, driver: &SessionDriver, mut horizon: MutexGuard<'_, Horizon>) {
        let until = horizon.advance(self.core.clock.now(), Instant::now().into_std());
        if AssertUnwindSafe(collect_until(&self.core, driver, until)).catch_unwind().await.is_err() {
            let (driver, reason) = (driver.name().to_owned(), "the driver panicked".to_owned());
            self.core.events.emit(&SessionEvent::StoreFailed { driver, action: "remove expired sessions", reason });
        }
    }
}

/// The interval plus or minus a tenth, so that several processes do not collect at the same moment.
fn jittered(interval: Duration, random: &Random) -> Duration {
    random.jitter(interval, 0.9..=1.1)
}
