//! Plans a commit, and carries it out.

use super::{Ending, plan::Step, save};
use crate::{
    error::{Error, Result},
    events::SessionEvent,
    visit::{
        destroy::destroy,
        session::{Session, StorePermit},
        state::{Phase, State},
    },
};

/// What a commit has to do.
pub(crate) struct Work {
    ending: Ending,
    /// The phase before the commit, to which it returns if the commit fails.
    phase: Phase,
    step: Result<Option<Step>>,
}

/// Decides what has to be done, and closes the session if its request ends. Returns `None` if there is nothing to do.
/// The caller must hold the permit.
pub(crate) fn prepare(session: &Session, ending: Ending) -> Option<Work> {
    let mut state = session.state();
    if state.is_untouched() {
        state.end(ending);
        return None;
    }
    let step = state.plan(&session.0.driver, ending);
    let phase = state.end(ending);
    let releases_lock = ending != Ending::Save && state.lifecycle.lock.is_some();
    if state.lifecycle.retired.is_empty() && !releases_lock && matches!(step, Ok(None)) {
        return None;
    }
    Some(Work { ending, phase, step })
}

/// Brings the store up to date with the session.
///
/// # Errors
/// Returns an error if the store fails, or if the session cannot be stored (too large, no random bytes). The store then
/// holds what it held before, except that a session which the request ended may be gone. The same commit can be tried
/// again.
pub(crate) async fn carry_out(permit: StorePermit, work: Work) -> Result<()> {
    let session = permit.session();
    let Work { ending, phase, step } = work;
    let done = async {
        end_retired(session).await?;
        match step? {
            None => Ok(()),
            Some(Step::Create(draft)) => save::create(session, draft).await,
            Some(Step::Save { old, version, draft }) => save::save(session, old, version, draft).await,
            Some(Step::Touch { id, active_at, expires_at }) => save::touch(session, &id, active_at, expires_at).await,
            Some(Step::Confirm(id)) => save::confirm(session, &id).await,
        }
    };
    if let Err(error) = done.await {
        give_up(session, ending, phase, &error).await;
        return Err(error);
    }
    let lock = if ending == Ending::Save { None } else { session.state().lifecycle.lock.take() };
    if let Some(lock) = lock {
        // What was saved stays saved. If the store fails here, an event reports it, and the lock ends with its lease.
        let _ = lock.release().await;
    }
    Ok(())
}

/// Ends the sessions that the request has ended.
async fn end_retired(session: &Session) -> Result<()> {
    loop {
        let Some(id) = session.state().lifecycle.retired.last().map(|retired| retired.id.clone()) else {
            return Ok(());
        };
        destroy(&session.0.driver, &id.digest()).await?;
        session.state().forget_retired(&id);
    }
}

/// Leaves a session whose commit failed so that the same commit can be tried again.
async fn give_up(session: &Session, ending: Ending, phase: Phase, error: &Error) {
    let pending = session.state().lifecycle.pending_cookie().filter(|_| ending.ends_request());
    if let Some(id) = pending {
        // This cookie is not from this commit, so its session may have ended, or have another id since a login.
        if save::confirm(session, &id).await.is_err() {
            session.state().lifecycle.suppress_unconfirmed_cookie(&id);
        }
    }
    let digest = {
        let mut state = session.state();
        if ending != Ending::Save {
            state.lifecycle.phase = phase;
        }
        state.identity.stored().map(|stored| stored.id.digest())
    };
    if let (Error::LockLost, Some(digest)) = (error, digest) {
        // Emitted without the lock of the state, because a listener may call the session.
        session.core().events.emit(&SessionEvent::LockLost { session: digest });
    }
}

impl State {
    /// True if there is no session, and nothing to create one from, as for most guests.
    const fn is_untouched(&self) -> bool {
        self.identity.stored().is_none()
            && self.data.journal.is_empty()
            && self.identity.user.is_none()
            && self.lifecycle.retired.is_empty()
            && self.lifecycle.cookie.is_none()
            && self.lifecycle.lock.is_none()
    }

    /// Enters the phase that follows this ending, and returns the previous one.
    const fn end(&mut self, ending: Ending) -> Phase {
        let before = self.lifecycle.phase;
        match (before, ending) {
            (Phase::Unstarted | Phase::Closed, _) | (_, Ending::Save) => {}
            (_, Ending::Release) => self.lifecycle.phase = Phase::Released,
            (_, Ending::Close | Ending::CloseAndAge | Ending::Fail) => self.lifecycle.phase = Phase::Closed,
        }
        before
    }

    /// Notes that a session which the request has ended is gone from the store, and its lock with it.
    fn forget_retired(&mut self, id: &crate::contract::id::Id) {
        self.lifecycle.retired.retain_mut(|retired| {
            let is_it = retired.id == *id;
            if is_it && let Some(lock) = &mut retired.lock {
                lock.forget();
            }
            !is_it
        });
    }
}
