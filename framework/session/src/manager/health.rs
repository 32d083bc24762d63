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

type Question = Shared<BoxFuture<'static, Result<(), String>>>;

/// The probes that are under way.
pub(crate) struct Questions {
    /// How long a check waits for a probe.
    patience: Duration,
    /// When a probe without a response is given up. From then on, another one may be sent.
    longest: Duration,
    by_driver: Mutex<HashMap<String, Question>>,
}

impl Default for Questions {
    fn default() -> Self {
        Self::new(Duration::from_secs(3), Duration::from_secs(60))
    }
}

impl Questions {
    pub(crate) fn new(patience: Duration, longest: Duration) -> Self {
        Self { patience, longest, by_driver: Mutex::default() }
    }

    /// Loads a session that does not exist from each of these drivers. Returns the names of those that fail, and the
    /// reasons.
    pub(crate) async fn ask(&self, core: &Arc<Core>, drivers: Vec<SessionDriver>) -> Vec<(String, String)> {
        let asked = drivers.into_iter().map(|driver| {
            let (name, question) = (driver.name().to_owned(), self.question(core, driver));
            async move {
                let answer = tokio::time::timeout(self.patience, question).await;
                let answer = answer.unwrap_or_else(|_| Err(silence(self.patience)));
                answer.err().map(|reason| (name, reason))
            }
        });
        let mut failing: Vec<_> = join_all(asked).await.into_iter().flatten().collect();
        failing.sort_unstable();
        failing
    }

    /// Returns the probe of a driver that is under way, or starts one.
    fn question(&self, core: &Arc<Core>, driver: SessionDriver) -> Question {
        let mut questions = self.by_driver.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(question) = questions.get(driver.name()).filter(|question| question.peek().is_none()) {
            return question.clone();
        }
        let (name, core, longest) = (driver.name().to_owned(), Arc::clone(core), self.longest);
        // In a task of its own: the caller may leave, and the store gets no second probe before it has answered this
        // one.
        let task = tokio::spawn(async move { load(&core, &driver, longest).await });
        let question =
            task.map(|answer| answer.unwrap_or_else(|_| Err("the driver panicked".to_owned()))).boxed().shared();
        questions.insert(name, question.clone());
        question
    }
}

async fn load(core: &Core, driver: &SessionDriver, longest: Duration) -> Result<(), String> {
    let nobody = core.new_id().map_err(|error| error.to_string())?.digest();
    let found = tokio::time::timeout(longest, driver.store().load(&nobody)).await;
    let found = found.unwrap_or_else(|_| Err(silence(longest).into()));
    found.map(drop).map_err(|error| {
        let error = driver.failed("answer a health check")(error);
        error.source().map_or_else(|| error.to_string(), sentence)
    })
}

fn silence(waited: Duration) -> String {
    format!("no response within {} s", waited.as_secs())
}
