//! The store's side of a commit: tried until it holds what the session says, or there is no session any more.

use std::time::Duration;

use super::{
    super::{
        core::Core,
        error::{Error, Result},
        events,
        id::Id,
        load::follow,
        record::{Forward, Found, Record},
        session::Session,
        state::{Kept, Renewal},
        store::{Creation, Update},
    },
    draft::Draft,
};
use crate::support::Timestamp;

/// How often a save is tried when other requests keep being first.
pub(super) const ATTEMPTS: u32 = 200;
/// From this attempt on a save waits a little before it tries again.
pub(super) const PATIENCE: u32 = 3;

pub(super) async fn create(session: &Session, draft: Draft) -> Result<()> {
    let (core, driver) = (session.core(), &session.0.driver);
    let mut draft = draft;
    loop {
        draft.record.version = 1;
        let digest = draft.id.digest();
        let result = match draft.seal(core) {
            Ok(record) => driver.store().create(&digest, record).await.map_err(driver.failed("create a session")),
            Err(error) => Err(error),
        };
        match result {
            Ok(Creation::Created) => {
                session.state().settle(core, draft, true);
                return Ok(());
            }
            Ok(Creation::Discarded) => return Ok(()),
            // One chance in 2^256, or a broken generator: either way a new id is drawn, never somebody else's adopted.
            Ok(Creation::Taken) => draft.id = core.new_id()?,
            Err(error) => return Err(session.state().take_back(draft, error)),
        }
    }
}

pub(super) async fn touch(session: &Session, kept: Kept, active_at: Timestamp, expires_at: Timestamp) -> Result<()> {
    let (core, driver) = (session.core(), &session.0.driver);
    let digest = kept.id.digest();
    let touched =
        driver.store().touch(&digest, active_at, expires_at).await.map_err(driver.failed("touch a session"))?;
    if !touched {
        events::gone(&digest);
        return Ok(());
    }
    let mut state = session.state();
    state.set_cookie(core, &kept.id, expires_at);
    if let Some(kept) = &mut state.kept {
        (kept.record.active_at, kept.record.expires_at) = (active_at, expires_at);
    }
    Ok(())
}

pub(super) async fn save(session: &Session, draft: Draft, renewal: Option<Renewal>) -> Result<()> {
    let (core, driver) = (session.core(), &session.0.driver);
    let mut draft = draft;
    let mut renewal = renewal;
    let mut turn = match &draft.kept {
        Some(kept) => core.queues.join_if_formed(&kept.id.digest()).await,
        None => None,
    };
    for attempt in 1..=ATTEMPTS {
        let Some(kept) = draft.kept.clone() else { return Ok(()) };
        let (old, expected) = (kept.id.digest(), kept.record.version);
        draft.record.version = expected + 1;
        let record = match draft.seal(core) {
            Ok(record) => record,
            Err(error) => return Err(session.state().take_back(draft, error)),
        };
        let result = match renewal {
            None => driver.store().update(&old, expected, record).await,
            Some(renewal) => {
                let forward = (renewal == Renewal::Graceful).then(|| forward(core, &kept.id, &draft.id));
                driver.store().rotate(&old, expected, &draft.id.digest(), record, forward).await
            }
        };
        let update = match result.map_err(driver.failed("save a session")) {
            Ok(update) => update,
            Err(error) => return Err(session.state().take_back(draft, error)),
        };
        let fresh = match update {
            Update::Saved => {
                session.state().settle(core, draft, renewal.is_some());
                return Ok(());
            }
            Update::Conflict(fresh) => Some((kept.id, fresh)),
            Update::Moved(forward) => successor(session, &kept.id, &forward).await?,
            Update::Gone => None,
        };
        let rebased = fresh.filter(|(id, fresh)| {
            // A graceful renewal that came second joins the successor there is: one session never becomes two.
            if *id != draft.id && renewal != Some(Renewal::Immediate) {
                renewal = renewal.filter(|_| draft.kept.as_ref().is_some_and(|kept| kept.id == *id));
            }
            draft.rebase(core, id, fresh, renewal.is_some())
        });
        if rebased.is_none() {
            events::gone(&old);
            session.state().cookie = None;
            return Ok(());
        }
        if turn.is_none() {
            turn = Some(core.queues.join(&old).await);
        } else if attempt > PATIENCE {
            tokio::time::sleep(pause(core, attempt)).await;
        }
    }
    Err(session.state().take_back(draft, Error::Contended { attempts: ATTEMPTS }))
}

/// The session that a renewed one has become, if it is still there.
async fn successor(session: &Session, id: &Id, forward: &Forward) -> Result<Option<(Id, Record)>> {
    let (core, driver) = (session.core(), &session.0.driver);
    let Some(successor) = follow(core, id, forward) else { return Ok(None) };
    let found = driver.store().load(&successor.digest()).await.map_err(driver.failed("load"))?;
    match found {
        Some(Found::Live(record)) => Ok(Some((successor, record))),
        // Renewed once more meanwhile: let the next attempt follow.
        Some(Found::Moved(next)) => Box::pin(self::successor(session, &successor, &next)).await,
        _ => Ok(None),
    }
}

fn forward(core: &Core, old: &Id, new: &Id) -> Forward {
    Forward {
        successor: new.digest(),
        veiled_id: old.veil(new.bytes()),
        until: core.clock.now() + core.settings.regenerate_grace,
    }
}

/// A short random wait, so that requests which collided do not collide again.
pub(super) fn pause(core: &Core, attempt: u32) -> Duration {
    let mut byte = [0];
    // Without random bytes the wait is merely less random.
    let _ = core.random.fill(&mut byte);
    Duration::from_micros(u64::from(attempt.min(20)) * u64::from(byte[0]))
}
