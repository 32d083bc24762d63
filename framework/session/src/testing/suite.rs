//! Runs checks, without requiring a runtime or a test framework of the driver's author.

use std::{error::Error, fmt::Write, future::Future, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;

use crate::testing::{
    site::Site,
    violation::{Checked, Violation},
};

/// The seconds that a check may take: far more than any needs, so that only a check that hangs reaches it.
const PATIENCE: u64 = 60;

type Check = fn(Arc<Site>) -> BoxFuture<'static, Checked>;

/// Every check of one driver, by name.
pub(super) const CHECKS: &[(&str, Check)] = crate::__session_driver_checks! { __session_driver_list };

/// Runs a check on what it asks for, as a test.
///
/// # Panics
/// Panics if the driver broke a promise. The message says which.
#[track_caller]
pub fn run<T, F: Future<Output = Checked>>(opening: impl Future<Output = Checked<T>>, check: impl FnOnce(T) -> F) {
    let checked = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime.block_on(patiently(async { check(opening.await?).await })),
        Err(error) => panic!("no runtime for this test: {error}"),
    };
    if let Err(violation) = checked {
        panic!("{}", report(&violation));
    }
}

/// Runs every check on a driver of its own, and returns those that failed, and why.
pub async fn violations<F: Future<Output = Checked<Arc<Site>>> + Send>(
    open: impl Fn() -> F + Send + Sync,
) -> Vec<(&'static str, Violation)> {
    let mut violations = Vec::new();
    for (name, check) in CHECKS {
        if let Err(violation) = patiently(async { check(open().await?).await }).await {
            violations.push((*name, violation));
        }
    }
    violations
}

async fn patiently(check: impl Future<Output = Checked>) -> Checked {
    tokio::time::timeout(Duration::from_secs(PATIENCE), check).await.unwrap_or(Err(Violation::Stuck(PATIENCE)))
}

/// The violation as text, with all its sources.
fn report(violation: &Violation) -> String {
    let mut text = violation.to_string();
    let mut next = violation.source();
    while let Some(source) = next {
        let _ = write!(text, ": {source}");
        next = source.source();
    }
    text
}
