//! Whether drivers answer: one question to each at a time, however often it is asked and however slow the store is.

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

use crate::visit::{core::Core, session_driver::SessionDriver};

/// A session driver that does not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailingDriver {
    /// Its name.
    pub driver: String,
    /// The connection of `config/database.toml` that it is on, if it is on one.
    pub connection: Option<String>,
    /// What it said. Not for strangers: it may name hosts and paths.
    pub reason: String,
}

type Question = Shared<BoxFuture<'static, Result<(), String>>>;

/// The questions that are under way.
pub(crate) struct Questions {
    /// How long who asks waits for an answer.
    patience: Duration,
    /// When a question is given up that was never answered: from then on another one may be asked.
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

    /// Asks each of these drivers for a session that nobody has; those that fail, and why.
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

    /// The question that is under way, or else a new one.
    fn question(&self, core: &Arc<Core>, driver: SessionDriver) -> Question {
        let mut questions = self.by_driver.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(question) = questions.get(driver.name()).filter(|question| question.peek().is_none()) {
            return question.clone();
        }
        let (name, core, longest) = (driver.name().to_owned(), Arc::clone(core), self.longest);
        // On its own: who asked may leave, and the store is not asked again before it has answered.
        let task = tokio::spawn(async move { load(&core, &driver, longest).await });
        let question = task.map(|answer| answer.unwrap_or_else(|_| Err("it panicked".to_owned()))).boxed().shared();
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
        error.source().map_or_else(|| error.to_string(), |cause| sentence(cause))
    })
}

fn silence(waited: Duration) -> String {
    format!("no answer within {} s", waited.as_secs())
}
