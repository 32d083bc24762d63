//! The way of a session's changes into the store: create, update, renew, end, or nothing at all.

mod draft;
mod ending;
mod plan;
mod save;
mod take;

pub(crate) use ending::Ending;
pub(crate) use take::take;

use plan::Step;

use super::{
    error::Result,
    id::Digest,
    session::Session,
    state::{Phase, State},
};

/// What a commit has to do.
pub(crate) struct Work {
    ending: Ending,
    /// A session that this request has ended.
    retired: Option<Digest>,
    step: Result<Option<Step>>,
}

/// Decides what has to be done; `None`, and the session is as its ending leaves it, if nothing.
pub(crate) fn prepare(session: &Session, ending: Ending) -> Option<Work> {
    let mut state = session.state();
    let step = state.plan(session.core(), ending);
    if state.retired.is_none() && matches!(step, Ok(None)) {
        state.end(ending);
        return None;
    }
    Some(Work { ending, retired: state.retired, step })
}

/// Brings the store up to date with the session.
///
/// # Errors
/// The store failed, or the session cannot be kept (too large, no random bytes). Then the store holds what it held, except
/// that a session which the request ended may be gone.
pub(crate) async fn carry_out(session: Session, work: Work) -> Result<()> {
    if let Some(digest) = work.retired {
        let driver = &session.0.driver;
        driver.store().destroy(&digest).await.map_err(driver.failed("end a session"))?;
        session.state().retired = None;
    }
    let result = match work.step? {
        None => Ok(()),
        Some(Step::Create(draft)) => save::create(&session, draft).await,
        Some(Step::Touch(kept, active_at, expires_at)) => save::touch(&session, kept, active_at, expires_at).await,
        Some(Step::Save(draft, renewal)) => save::save(&session, draft, renewal).await,
    };
    session.state().end(work.ending);
    result
}

impl State {
    /// What may be done with the session from now on.
    const fn end(&mut self, ending: Ending) {
        match ending {
            Ending::Save => {}
            Ending::Release => self.phase = Phase::Released,
            Ending::Close | Ending::CloseAndAge | Ending::Fail => self.phase = Phase::Closed,
        }
    }
}
