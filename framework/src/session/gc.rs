//! The collector: removes expired sessions in the background, so that no visitor pays for it.

use std::{future::Future, panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;

use super::{error::StoreResult, events, session_driver::SessionDriver};
use crate::support::{Clock, Random};

/// Records removed at a time; requests get their turn in between.
const BATCH: usize = 1_000;
/// The pause between two batches.
const PAUSE: Duration = Duration::from_millis(10);

/// Removes every expired session; how many.
pub(crate) async fn collect(driver: &SessionDriver, clock: &Clock) -> StoreResult<u64> {
    let mut removed = 0;
    loop {
        let collected = driver.store().collect(clock.now(), BATCH).await?;
        removed += collected.removed;
        if !collected.more {
            return Ok(removed);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Collects once an interval until `shutdown` is ready. A failure, be it a panic of the driver, is logged, and the next interval tries again.
pub(crate) async fn collect_regularly(
    driver: SessionDriver,
    clock: Clock,
    random: Random,
    interval: Duration,
    shutdown: impl Future<Output = ()> + Send,
) {
    let work = async {
        loop {
            tokio::time::sleep(jittered(interval, &random)).await;
            match AssertUnwindSafe(collect(&driver, &clock)).catch_unwind().await {
                Ok(Ok(removed)) => events::collected(removed),
                Ok(Err(error)) => events::collection_failed(&error),
                Err(_) => events::collection_failed(&"the driver panicked".into()),
            }
        }
    };
    tokio::select! {
        () = shutdown => {}
        () = work => {}
    }
}

/// The interval give or take a tenth, so that several processes do not collect at the same moment.
fn jittered(interval: Duration, random: &Random) -> Duration {
    let mut byte = [128];
    // Without random bytes the interval is exact.
    let _ = random.fill(&mut byte);
    interval.mul_f64(0.9 + 0.2 * f64::from(byte[0]) / 255.0)
}
