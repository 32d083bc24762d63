//! The store's side of a commit: tried until it holds what the session says, or there is no session any more.

use std::time::Duration;

use salon_core::support::Timestamp;

use crate::{
    contract::{
        id::Id,
        record::{Forward, Found, Record},
        store::{Creation, Update},
    },
    error::{Error, Result},
    events::event::SessionEvent,
    visit::{
        commit::draft::Draft,
        core::Core,
        load::{Lookup, follow},
        session::Session,
        state::{Kept, Renewal},
    },
};

/// How often a save is tried when other requests keep being first.
pub(super) const ATTEMPTS: u32 = 200;
/// From this attempt on a save waits a little before it tries again.
pub(super) const PATIENCE: u32 = 3;

/// How many new ids are drawn: from the second on it is the driver that is broken.
const NEW_IDS: u32 = 3;

pub(super) async fn create(session: &Session, draft: Draft) -> Result<()> {
    let core = session.core();
    let mut draft = draft;
    let created = try_create(session, &mut draft).await;
    let mut state = session.state();
    match created {
        Ok(Creation::Created) => {
            let session = draft.id.digest();
            state.apply_saved(core, draft, true);
            drop(state);
            core.events.emit(&SessionEvent::Created { session });
        }
        Ok(_) => state.give_up(draft),
        Err(error) => {
            state.take_back(draft);
            return Err(error);
        }
    }
    Ok(())
}

async fn try_create(session: &Session, draft: &mut Draft) -> Result<Creation> {
    let (core, driver) = (session.core(), &session.0.driver);
    draft.record.version = 1;
    for _ in 0..NEW_IDS {
        let (digest, record) = (draft.id.digest(), draft.seal(driver)?);
        match driver.store().create(&digest, record).await.map_err(driver.failed("create a session"))? {
            // One chance in 2^256, or a broken generator: either way a new id is drawn, never somebody else's adopted.
            Creation::Taken => draft.id = core.new_id()?,
            done => return Ok(done),
        }
    }
    Err(driver.failed("create a session")("it has something under every new id already".into()))
}

pub(super) async fn touch(session: &Session, kept: Kept, active_at: Timestamp, expires_at: Timestamp) -> Result<()> {
    let (core, driver) = (session.core(), &session.0.driver);
    let digest = kept.id.digest();
    let touched =
        driver.store().touch(&digest, active_at, expires_at).await.map_err(driver.failed("touch a session"))?;
    if !touched {
        let found = driver.store().load(&digest).await.map_err(driver.failed("load"))?;
        return note_missing(session, &kept.id, found).await;
    }
    let mut state = session.state();
    if let Some(kept) = &mut state.kept {
        (kept.record.active_at, kept.record.expires_at) = (active_at, expires_at);
        let id = kept.id.clone();
        if !state.is_late {
            state.set_cookie(core, &id, expires_at);
        }
    }
    Ok(())
}

/// Takes back the news of an id whose session has ended since.
pub(super) async fn confirm(session: &Session, id: &Id) -> Result<()> {
    let (driver, digest) = (&session.0.driver, id.digest());
    match driver.store().load(&digest).await.map_err(driver.failed("load"))? {
        Some(Found::Live(_)) => Ok(()),
        found => note_missing(session, id, found).await,
    }
}

/// Notes that a session is not under its id any more. One that was merely renewed is not gone.
async fn note_missing(session: &Session, id: &Id, found: Option<Found>) -> Result<()> {
    session.state().suppress_cookie();
    let is_renewed = match found {
        Some(Found::Moved(forward)) => successor(session, id, &forward).await?.is_some(),
        _ => false,
    };
    if !is_renewed {
        session.core().events.emit(&SessionEvent::Gone { session: id.digest() });
    }
    Ok(())
}

pub(super) async fn save(session: &Session, draft: Draft) -> Result<()> {
    let core = session.core();
    let mut draft = draft;
    let digest = draft.kept.as_ref().map_or_else(|| draft.id.digest(), |kept| kept.id.digest());
    match try_save(session, &mut draft).await {
        Ok(true) => {
            // What is kept in the cookie is nowhere else.
            draft.is_touched |= session.0.driver.cookies().is_some();
            let (id_is_new, now) = (draft.renewal.is_some(), draft.id.digest());
            session.state().apply_saved(core, draft, id_is_new);
            if id_is_new {
                core.events.emit(&SessionEvent::Regenerated { session: now, previous: digest });
            }
            Ok(())
        }
        Ok(false) => {
            let mut state = session.state();
            state.suppress_cookie();
            state.give_up(draft);
            drop(state);
            core.events.emit(&SessionEvent::Gone { session: digest });
            Ok(())
        }
        Err(error) => {
            session.state().take_back(draft);
            Err(error)
        }
    }
}

/// Tries until the store holds the draft; `false` if there is no session any more.
async fn try_save(session: &Session, draft: &mut Draft) -> Result<bool> {
    let core = session.core();
    let mut turn = None;
    for attempt in 1..=ATTEMPTS {
        let Some(kept) = draft.kept.clone() else { return Ok(false) };
        if attempt == 1 {
            turn = core.queues.join_if_formed(&kept.id.digest()).await;
        }
        let fresh = match send(session, draft, &kept).await? {
            Update::Saved => {
                if attempt > 1 {
                    let session = draft.id.digest();
                    core.events.emit(&SessionEvent::Merged { session, attempts: attempt });
                }
                return Ok(true);
            }
            Update::Conflict(fresh) => Some((kept.id.clone(), fresh)),
            Update::Moved(forward) => {
                // A graceful renewal that came second joins the successor there is: one session never becomes two.
                draft.renewal = draft.renewal.filter(|renewal| *renewal == Renewal::Immediate);
                draft.is_late |= core.clock.now() >= forward.until;
                successor(session, &kept.id, &forward).await?
            }
            Update::Gone => None,
        };
        let Some((id, fresh)) = fresh else { return Ok(false) };
        if draft.owner.is_some_and(|owner| !fresh.is_locked_by(owner)) {
            return Err(Error::LockLost);
        }
        if !draft.rebase(core, &session.0.driver, &id, &fresh) {
            return Ok(false);
        }
        if draft.is_in_store(core, &fresh) {
            draft.record = fresh;
            return Ok(true);
        }
        if turn.is_none() {
            turn = Some(core.queues.join(&kept.id.digest()).await);
        } else if attempt > PATIENCE {
            tokio::time::sleep(pause(core, attempt)).await;
        }
    }
    Err(Error::Contended { attempts: ATTEMPTS })
}

/// Sends the draft to the store, once.
async fn send(session: &Session, draft: &mut Draft, kept: &Kept) -> Result<Update> {
    let (core, driver) = (session.core(), &session.0.driver);
    let (old, expected) = (kept.id.digest(), kept.record.version);
    draft.record.version = expected + 1;
    let record = draft.seal(driver)?;
    let update = match draft.renewal {
        None => driver.store().update(&old, expected, record).await,
        Some(renewal) => {
            let forward = forward(core, &kept.id, draft, renewal);
            driver.store().rotate(&old, expected, &draft.id.digest(), record, forward).await
        }
    };
    update.map_err(driver.failed("save a session"))
}

/// The session that a renewed one has become, if it is still there.
async fn successor(session: &Session, id: &Id, forward: &Forward) -> Result<Option<(Id, Record)>> {
    let (core, driver) = (session.core(), &session.0.driver);
    let mut way = follow(core, id, forward, Lookup::UnderWay);
    // One after the other and not one within the other: a visitor can renew an id as often as they like meanwhile.
    for _ in 0..Lookup::UnderWay.hops() {
        let Some(id) = way else { return Ok(None) };
        way = match driver.store().load(&id.digest()).await.map_err(driver.failed("load"))? {
            Some(Found::Live(record)) => return Ok(Some((id, record))),
            Some(Found::Moved(next)) => follow(core, &id, &next, Lookup::UnderWay),
            Some(Found::Corrupt(_)) | None => None,
        };
    }
    Ok(None)
}

fn forward(core: &Core, old: &Id, draft: &Draft, renewal: Renewal) -> Forward {
    let until = core.clock.now() + core.settings.regenerate_grace;
    Forward {
        successor: draft.id.digest(),
        veiled_id: (renewal == Renewal::Graceful).then(|| old.veil(draft.id.bytes())),
        until,
        // As long as the successor is alive without another request, an obsolete id is told from an unknown one.
        expires_at: draft.record.expires_at.max(until),
    }
}

/// A short random wait, so that requests which collided do not collide again.
pub(super) fn pause(core: &Core, attempt: u32) -> Duration {
    const MAX_STEP: Duration = Duration::from_micros(255);
    core.random.jitter(MAX_STEP * attempt.min(20), 0.0..=1.0)
}
