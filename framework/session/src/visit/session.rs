//! The handle that handlers hold.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Semaphore;

use crate::{
    contract::id::Id,
    visit::{core::Core, session_driver::SessionDriver, state::State},
};

/// A visitor's session.
///
/// A handle: clones are cheap and all mean the same session. Reading and writing happens in memory; the store hears of it
/// once, when the request ends, as a list of changes that is merged into what parallel requests have saved meanwhile.
///
/// Keys may be dotted: `user.teams` is the field `teams` of the value `user`, unless there is a value under the whole key.
///
/// ```
/// use salon_session::Session;
///
/// # salon_session::doc_support::block_on(async {
/// # let session: Session = salon_session::doc_support::session();
/// session.put("user", &serde_json::json!({ "name": "Ada", "teams": ["engines"] }))?;
/// session.push("user.teams", "poetry")?;
/// assert_eq!(session.get::<Vec<String>>("user.teams")?, Some(vec!["engines".into(), "poetry".into()]));
/// # Ok::<(), salon_session::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Session(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) core: Arc<Core>,
    pub(crate) driver: SessionDriver,
    state: Mutex<State>,
    /// One call at a time goes to the store: a second save waits for the first, also if that one's caller has left.
    calls: Semaphore,
}

/// Permission to call the store for a session; the next caller's begins when it is dropped.
pub(crate) struct Turn(Session);

impl Turn {
    pub(crate) const fn session(&self) -> &Session {
        &self.0
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.0.calls.add_permits(1);
    }
}

impl Session {
    /// The session that these values of the session's cookie lead to, not started.
    pub(crate) fn present<'a>(driver: SessionDriver, cookie_values: impl Iterator<Item = &'a str>) -> Self {
        let (driver, id) = driver.resolve_cookies(cookie_values);
        Self::new(Arc::clone(driver.core()), driver, id)
    }

    /// A session that is not started yet. `id` is what the browser presented, if anything.
    pub(crate) fn new(core: Arc<Core>, driver: SessionDriver, id: Option<Id>) -> Self {
        let state = Mutex::new(State::new(id, core.settings.concurrency.into()));
        Self(Arc::new(Inner { core, driver, state, calls: Semaphore::const_new(1) }))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A panic under the lock leaves whole values behind, and the request's changes are dropped anyway.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The turn, if nobody has it.
    pub(crate) fn try_turn(&self) -> Option<Turn> {
        let permit = self.0.calls.try_acquire().ok()?;
        permit.forget();
        Some(Turn(self.clone()))
    }

    /// The turn, when those before are done.
    pub(crate) async fn turn(&self) -> Turn {
        // The semaphore is never closed, so this waits and cannot fail.
        if let Ok(permit) = self.0.calls.acquire().await {
            permit.forget();
        }
        Turn(self.clone())
    }

    pub(crate) fn core(&self) -> &Core {
        &self.0.core
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        formatter
            .debug_struct("Session")
            .field("driver", &self.0.driver.name())
            .field("id", &state.identity.current)
            .field("phase", &state.lifecycle.phase)
            .finish_non_exhaustive()
    }
}
