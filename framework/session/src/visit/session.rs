//! The handle that handlers use.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Semaphore;

use crate::visit::{
    core::Core,
    session_driver::SessionDriver,
    state::{GuestForms, State},
};

/// The session of a visitor.
///
/// This is a handle: clones are cheap, and all of them mean the same session. Reads and writes happen in memory. When
/// the request ends, its changes are saved once, and merged into what parallel requests have saved meanwhile.
///
/// Keys may be dotted: `user.teams` is the field `teams` of the value `user`, unless there is a value under the whole
/// key.
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
    pub(crate) driver: SessionDriver,
    state: Mutex<State>,
    /// Allows one call to the store at a time: a second save waits for the first, even if the caller of the first has
    /// left.
    calls: Semaphore,
}

/// The permission to call the store for a session. When it is dropped, the next caller gets it.
pub(crate) struct StorePermit(Session);

impl StorePermit {
    pub(crate) const fn session(&self) -> &Session {
        &self.0
    }
}

impl Drop for StorePermit {
    fn drop(&mut self) {
        self.0.0.calls.add_permits(1);
    }
}

impl Session {
    /// Returns the session that a request's cookies, names and values, lead to. It is not started yet.
    pub(crate) fn receive<'a>(driver: SessionDriver, cookies: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let core = Arc::clone(driver.core());
        let (names, mut forms) = (&core.settings.cookie, GuestForms::default());
        let values = cookies.filter_map(|(name, value)| {
            if name == names.form.name {
                forms.receive(value);
            }
            (name == names.session.name).then_some(value)
        });
        let session = Self::present(driver, values);
        session.state().guest_forms = core.form_signer.is_some().then_some(forms);
        session
    }

    /// Returns the session that these values of the session's cookie lead to. It is not started yet.
    pub(crate) fn present<'a>(driver: SessionDriver, cookie_values: impl Iterator<Item = &'a str>) -> Self {
        let (driver, id) = driver.resolve_cookies(cookie_values);
        let state = Mutex::new(State::new(id, driver.core().settings.concurrency.into()));
        Self(Arc::new(Inner { driver, state, calls: Semaphore::const_new(1) }))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A panic under the lock leaves consistent values behind, and the changes of the request are dropped anyway.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the permit, if no other call has it.
    pub(crate) fn try_store_permit(&self) -> Option<StorePermit> {
        let permit = self.0.calls.try_acquire().ok()?;
        permit.forget();
        Some(StorePermit(self.clone()))
    }

    /// Waits for the permit.
    pub(crate) async fn store_permit(&self) -> StorePermit {
        // The semaphore is never closed, so this waits and cannot fail.
        if let Ok(permit) = self.0.calls.acquire().await {
            permit.forget();
        }
        StorePermit(self.clone())
    }

    pub(crate) fn core(&self) -> &Core {
        self.0.driver.core()
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
