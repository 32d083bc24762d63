//! The way of a session's changes into the store: create, update, renew, end, or nothing at all.

mod draft;
mod ending;
mod plan;
mod save;
mod take;

pub(crate) use ending::Ending;
pub(crate) use take::take;

use plan::Step;

use crate::{
    error::{Error, Result},
    events::event::SessionEvent,
    visit::{
        destroy::destroy,
        lock_guard::LockGuard,
        session::{Session, Turn},
        state::{Phase, Retired, State},
    },
};

/// What a commit has to do.
pub(crate) struct Work {
    ending: Ending,
    /// Where the session stood before.
    phase: Phase,
    /// Sessions that this request has ended.
    retired: Vec<Retired>,
    /// A lock that no save gives back.
    lock: Option<Box<LockGuard>>,
    step: Result<Option<Step>>,
}

/// Decides what has to be done, and closes the session if its request ends; `None` if nothing. Call it in one's turn.
pub(crate) fn prepare(session: &Session, ending: Ending) -> Option<Work> {
    let mut state = session.state();
    if state.is_untouched() {
        state.end(ending);
        return None;
    }
    let step = state.plan(session.core(), ending);
    let phase = state.end(ending);
    // A save gives the lock back itself; whatever else ends the request leaves that to the release.
    let keeps_lock = ending == Ending::Save || matches!(step, Ok(Some(Step::Save(_))) | Err(_));
    let lock = if keeps_lock { None } else { state.lock.take() };
    if state.retired.is_empty() && lock.is_none() && matches!(step, Ok(None)) {
        return None;
    }
    Some(Work { ending, phase, retired: std::mem::take(&mut state.retired), lock, step })
}

/// Brings the store up to date with the session.
///
/// # Errors
/// The store failed, or the session cannot be kept (too large, no random bytes). Then the store holds what it held, except
/// that a session which the request ended may be gone; and the same commit may be tried again.
pub(crate) async fn carry_out(turn: Turn, work: Work) -> Result<()> {
    let session = turn.session();
    let mut retired = work.retired;
    while let Some(mut ended) = retired.pop() {
        if let Err(error) = destroy(session.core(), &session.0.driver, &ended.id.digest()).await {
            let mut state = session.state();
            state.retired.extend(retired);
            state.retired.push(ended);
            if let Ok(Some(step)) = work.step {
                state.take_back_step(step);
            }
            state.reopen(work.ending, work.phase);
            state.lock = work.lock.or_else(|| state.lock.take());
            return Err(error);
        }
        if let Some(lock) = &mut ended.lock {
            lock.forget();
        }
    }
    let result = match work.step {
        Err(error) => Err(error),
        Ok(None) => Ok(()),
        Ok(Some(Step::Create(draft))) => save::create(session, draft).await,
        Ok(Some(Step::Save(draft))) => save::save(session, draft).await,
        Ok(Some(Step::Touch(kept, active_at, expires_at))) => save::touch(session, kept, active_at, expires_at).await,
        Ok(Some(Step::Confirm(id))) => save::confirm(session, &id).await,
    };
    match (result, work.lock) {
        (Ok(()), Some(lock)) => {
            // What was saved stands. A store that fails here is told, and the lease ends the lock.
            let _ = lock.release().await;
            Ok(())
        }
        (Ok(()), None) => Ok(()),
        (Err(error), lock) => {
            give_up(session, work.ending, work.phase, lock, &error).await;
            Err(error)
        }
    }
}

/// Leaves a session whose commit failed so that the same commit can be tried again.
async fn give_up(session: &Session, ending: Ending, phase: Phase, lock: Option<Box<LockGuard>>, error: &Error) {
    let pending = session.state().pending_cookie(ending);
    if let Some(id) = pending {
        // It is not this commit's, so its session may have ended. If the store cannot say, it is told.
        let _ = save::confirm(session, &id).await;
    }
    let digest = {
        let mut state = session.state();
        state.reopen(ending, phase);
        state.lock = lock.or_else(|| state.lock.take());
        state.kept.as_ref().map(|kept| kept.id.digest())
    };
    if let (Error::LockLost, Some(digest)) = (error, digest) {
        // Told without the session in hand: a listener may ask it something.
        session.core().events.emit(&SessionEvent::LockLost { session: digest });
    }
}

impl State {
    /// Whether there is no session, and nothing to make one of: as for most visitors who only look.
    fn is_untouched(&self) -> bool {
        self.kept.is_none()
            && self.journal.is_empty()
            && self.user.is_none()
            && self.retired.is_empty()
            && self.cookie.is_none()
            && self.lock.is_none()
    }

    /// Where the session stands after this ending; where it stood.
    const fn end(&mut self, ending: Ending) -> Phase {
        let before = self.phase;
        match (before, ending) {
            (Phase::Unstarted | Phase::Closed, _) | (_, Ending::Save) => {}
            (_, Ending::Release) => self.phase = Phase::Released,
            (_, Ending::Close | Ending::CloseAndAge | Ending::Fail) => self.phase = Phase::Closed,
        }
        before
    }

    /// Takes an ending back that could not be carried out.
    fn reopen(&mut self, ending: Ending, before: Phase) {
        if ending != Ending::Save {
            self.phase = before;
        }
    }

    fn take_back_step(&mut self, step: Step) {
        match step {
            Step::Create(draft) | Step::Save(draft) => self.take_back(draft),
            Step::Touch(..) | Step::Confirm(_) => {}
        }
    }
}
