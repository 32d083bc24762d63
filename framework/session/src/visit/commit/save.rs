//! Creates, saves and touches the session in the store.

use salon_core::support::Timestamp;

use super::{
    apply::apply_saved,
    compare_and_set::{Next, Outcome, Write, compare_and_set, successor},
    draft::{Draft, Rebased},
};
use crate::{
    contract::{Creation, Forward, Found, Id},
    error::{Error, Result},
    events::SessionEvent,
    limits::MAX_NEW_IDS,
    visit::{core::Core, session::Session, session_driver::SessionDriver, state::Renewal},
};

pub(super) async fn create(session: &Session, mut draft: Box<Draft>) -> Result<()> {
    let (core, driver) = (session.core(), &session.0.driver);
    for _ in 0..MAX_NEW_IDS {
        let (digest, record) = (draft.id.digest(), draft.seal(driver)?);
        match driver.store().create(&digest, record).await.map_err(driver.failed("create a session"))? {
            Creation::Created => {
                apply_saved(session, draft, true);
                core.events.emit(&SessionEvent::Created { session: digest });
                return Ok(());
            }
            Creation::Discarded => {
                session.state().apply_discarded(&draft);
                return Ok(());
            }
            // A chance of 1 in 2^256, or a broken generator. In both cases a new id is drawn; an existing session is
            // never adopted.
            Creation::Taken => draft.id = core.new_id()?,
        }
    }
    Err(driver.failed("create a session")("it reports that every new id is taken: check its method `create`".into()))
}

pub(super) async fn touch(session: &Session, id: &Id, active_at: Timestamp, expires_at: Timestamp) -> Result<()> {
    let (core, driver) = (session.core(), &session.0.driver);
    let digest = id.digest();
    let touched =
        driver.store().touch(&digest, active_at, expires_at).await.map_err(driver.failed("touch a session"))?;
    if !touched {
        let found = driver.store().load(&digest).await.map_err(driver.failed("load"))?;
        return note_missing(session, id, found).await;
    }
    session.state().apply_touched(core, active_at, expires_at);
    Ok(())
}

/// Checks that the session of an id that the browser is about to learn is still there.
pub(super) async fn confirm(session: &Session, id: &Id) -> Result<()> {
    let (driver, digest) = (&session.0.driver, id.digest());
    match driver.store().load(&digest).await.map_err(driver.failed("load"))? {
        Some(Found::Live(_)) => Ok(()),
        found => note_missing(session, id, found).await,
    }
}

/// Notes that a session is no longer under its id. If it was only renewed, it has not ended.
async fn note_missing(session: &Session, id: &Id, found: Option<Found>) -> Result<()> {
    session.state().lifecycle.suppress_cookie();
    let is_renewed = match found {
        Some(Found::Moved(forward)) => successor(session, id, &forward).await?.is_some(),
        _ => false,
    };
    if !is_renewed {
        session.core().events.emit(&SessionEvent::Gone { session: id.digest() });
    }
    Ok(())
}

/// Writes a draft over this version of the session's record, and merges it into what parallel requests save meanwhile.
pub(super) async fn save(session: &Session, old: Id, version: u64, mut draft: Box<Draft>) -> Result<()> {
    let (core, driver) = (session.core(), &session.0.driver);
    let previous = old.digest();
    let first = write(core, driver, old, version, &draft)?;
    let outcome = compare_and_set(session, first, |id, fresh, moved| {
        if draft.owner.is_some_and(|owner| !fresh.is_locked_by(owner)) {
            return Err(Error::LockLost);
        }
        match draft.rebase(session, &id, &fresh, moved)? {
            Rebased::Write => write(core, driver, id, fresh.version, &draft),
            Rebased::Done => Ok(Next::Done),
            Rebased::Ended => Ok(Next::Ended),
        }
    })
    .await?;
    let (id_is_new, now) = (draft.renewal.is_some(), draft.id.digest());
    match outcome {
        Outcome::Saved { attempts } => {
            if attempts > 1 {
                core.events.emit(&SessionEvent::Merged { session: now, attempts });
            }
            apply_saved(session, draft, id_is_new);
            if driver.carrier().is_stale(&now) {
                session.state().refresh_cookie(core);
            }
            if id_is_new {
                core.events.emit(&SessionEvent::Regenerated { session: now, previous });
            }
        }
        Outcome::Done => apply_saved(session, draft, false),
        Outcome::Ended => {
            session.state().lifecycle.suppress_cookie();
            if driver.carrier().is_superseded(&previous) {
                return if session.state().is_bookkeeping(&draft) { Ok(()) } else { Err(Error::Superseded) };
            }
            // The changes are gone with the session: a `take` of one of them finds nothing.
            session.state().apply_discarded(&draft);
            core.events.emit(&SessionEvent::Gone { session: previous });
        }
    }
    Ok(())
}

/// Returns what the draft writes over this version of a record.
fn write(core: &Core, driver: &SessionDriver, old: Id, expected: u64, draft: &Draft) -> Result<Next> {
    let rotation = draft.renewal.map(|renewal| (draft.id.clone(), forward(core, &old, draft, renewal)));
    let record = draft.seal(driver)?;
    Ok(Next::Write(Box::new(Write { old, expected, record, rotation })))
}

fn forward(core: &Core, old: &Id, draft: &Draft, renewal: Renewal) -> Forward {
    let until = core.clock.now() + core.settings.regenerate_grace;
    Forward {
        successor: draft.id.digest(),
        veiled_id: (renewal == Renewal::Graceful).then(|| old.veil(draft.id.bytes())),
        until,
        // Kept as long as the successor lives without another request, so that an obsolete id is not taken for an
        // unknown one.
        expires_at: draft.record.expires_at.max(until),
    }
}
