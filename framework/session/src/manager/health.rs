//! Whether drivers respond. Each driver gets one probe at a time, however often a check runs and however slow the store
//! is.

use std::{
    collections::HashMap,
    error::Error,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, join_all},
};
use salon_core::support::sentence;

use crate::visit::{Core, SessionDriver};

/// A session driver that does not respond.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailingDriver {
    /// The driver's name.
    pub driver: String,
    /// The connection of `config/database.toml` that the driver uses, if it uses one.
    pub connection: Option<String>,
    /// The error from the driver. Do not show it to visitors: it may name hosts and paths.
    pub reason: String,
}

type Probe = Shared<BoxFuture<'static, Result<(), String>>>;

/// The probes that are under way.
pub(crate) struct Probes {
    /// How long a check waits for a probe.
    wait_limit: Duration,
    /// When a probe without a response is given up. From then on, another one may be sent.
    probe_timeout: Duration,
    by_driver: Mutex<HashMap<String, Probe>>,
}

impl Default for Probes {
    fn default() -> Self {
        Self::new(Duration::from_secs(3), Duration::from_secs(60))
    }
}

impl Probes {
    pub(crate) fn new(wait_limit: Duration, probe_timeout: Duration) -> Self {
        Self { wait_limit, probe_timeout, by_driver: Mutex::default() }
    }

    /// Loads a session that does not exist from each of these drivers. Returns the names of those that fail, and the
    /// reasons.
    pub(crate) async fn check(&self, core: &Arc<Core>, drivers: Vec<SessionDriver>) -> Vec<(String, String)> {
        let checks = drivers.into_iter().map(|driver| {
            let (name, probe) = (driver.name().to_owned(), self.probe(core, driver));
            async move {
                let answer = tokio::time::timeout(self.wait_limit, probe).await;
                let answer = answer.unwrap_or_else(|_| Err(no_response(self.wait_limit)));
                answer.err().map(|reason| (name, reason))
            }
        });
        let mut failing: Vec<_> = join_all(checks).await.into_iter().flatten().collect();
        failing.sort_unstable();
        failing
    }

    /// Returns the probe of a driver that is under way, or starts one.
    fn probe(&self, core: &Arc<Core>, driver: SessionDriver) -> Probe {
        let mut probes = self.by_driver.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(probe) = probes.get(driver.name()).filter(|probe| probe.peek().is_none()) {
            return probe.clone();
        }
        let (name, core, probe_timeout) = (driver.name().to_owned(), Arc::clone(core), self.probe_timeout);
        // In a task of its own: the caller may leave, and the store gets no second probe before it has answered this
        // one.
        let task = tokio::spawn(async move { load(&core, &driver, probe_timeout).await });
        let probe =
            task.map(|answer| answer.unwrap_or_else(|_| Err("the driver panicked".to_owned()))).boxed().shared();
        probes.insert(name, probe.clone());
        probe
    }
}

async fn load(core: &Core, driver: &SessionDriver, probe_timeout: Duration) -> Result<(), String> {
    let unused_digest = core.new_id().map_err(|error| error.to_string())?.digest();
    let found = tokio::time::timeout(probe_timeout, driver.store().load(&unused_digest)).await;
    let found = found.unwrap_or_else(|_| Err(no_response(probe_timeout).into()));
    found.map(drop).map_err(|error| {
        let error = driver.failed("answer a health check")(error);
        error.source().map_or_else(|| error.to_string(), sentence)
    })
}

fn no_response(waited: Duration) -> String {
    format!("no response within {} s", waited.as_secs())
}
