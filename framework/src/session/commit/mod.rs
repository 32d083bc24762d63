//! The way of a session's changes into the store: create, update, renew, end, or nothing at all.

mod draft;
mod ending;
mod plan;
mod save;
mod take;

pub(crate) use ending::Ending;
pub(crate) use take::take;

use plan::Step;

use super::{error::Result, session::Session, state::Phase};

/// Brings the store up to date with the session.
///
/// # Errors
/// The store failed, or the session cannot be kept (too large, no random bytes). Then the store holds what it held, except
/// that a session which the request ended may be gone.
pub(crate) async fn commit(session: Session, ending: Ending) -> Result<()> {
    let retired = session.state().retired;
    if let Some(digest) = retired {
        let driver = &session.0.driver;
        driver.store().destroy(&digest).await.map_err(driver.failed("end a session"))?;
        session.state().retired = None;
    }
    let step = session.state().plan(session.core(), ending)?;
    let result = match step {
        None => Ok(()),
        Some(Step::Create(draft)) => save::create(&session, draft).await,
        Some(Step::Touch(kept, active_at, expires_at)) => save::touch(&session, kept, active_at, expires_at).await,
        Some(Step::Save(draft, renewal)) => save::save(&session, draft, renewal).await,
    };
    match ending {
        Ending::Save => {}
        Ending::Release => session.state().phase = Phase::Released,
        Ending::Close | Ending::CloseAndAge | Ending::Fail => session.state().phase = Phase::Closed,
    }
    result
}
