//! Compare and set: writes over a version, and again over each newer one, until the store accepts it.

use std::time::Duration;

use crate::{
    contract::{Forward, Found, Id, Record, Update},
    error::{Error, Result},
    limits::{BACK_OFF_STEP, MAX_SAVE_ATTEMPTS, SAVES_WITHOUT_BACK_OFF},
    visit::{
        core::Core,
        load::{Lookup, successor_id},
        session::Session,
    },
};

/// A record to write over a version of another.
pub(super) struct Write {
    /// The id of the record in the store.
    pub(super) old: Id,
    /// The version that the record must have.
    pub(super) expected: u64,
    /// The sealed record.
    pub(super) record: Record,
    /// The new id, and what stays under the old one, if the session is renewed.
    pub(super) rotation: Option<(Id, Forward)>,
}

/// What has to be done next.
pub(super) enum Next {
    Write(Box<Write>),
    /// Nothing: the store already holds what it should.
    Done,
    /// Nothing: the session has ended.
    Ended,
}

impl Next {
    fn into_write(self) -> std::result::Result<Box<Write>, Outcome> {
        match self {
            Self::Write(write) => Ok(write),
            Self::Done => Err(Outcome::Done),
            Self::Ended => Err(Outcome::Ended),
        }
    }
}

/// How a compare and set ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Saved {
        attempts: u32,
    },
    Done,
    /// The session has ended, or its record cannot be read.
    Ended,
}

/// Writes until the store accepts it. `rewrite` decides what to write over the record that a parallel request has saved.
/// If that request renewed the session, `rewrite` gets the new id and the forward.
///
/// Requests of this process that collide queue up, so that they are served in order. Between processes the store
/// decides, and later attempts wait a little.
///
/// # Errors
/// Returns an error if the store is unavailable, or if other requests were faster each time.
pub(super) async fn compare_and_set(
    session: &Session,
    first: Next,
    mut rewrite: impl FnMut(Id, Record, Option<&Forward>) -> Result<Next> + Send,
) -> Result<Outcome> {
    let core = session.core();
    let mut write = match first.into_write() {
        Ok(write) => write,
        Err(outcome) => return Ok(outcome),
    };
    let mut turn = core.queues.join_if_exists(&write.old.digest()).await;
    for attempts in 1..=MAX_SAVE_ATTEMPTS {
        let (old, update) = send(session, *write).await?;
        let next = match update {
            Update::Saved => return Ok(Outcome::Saved { attempts }),
            Update::Conflict(fresh) => rewrite(old.clone(), fresh, None)?,
            Update::Moved(forward) => match successor(session, &old, &forward).await? {
                Some((id, fresh)) => rewrite(id, fresh, Some(&forward))?,
                None => Next::Ended,
            },
            Update::Gone => Next::Ended,
        };
        write = match next.into_write() {
            Ok(write) => write,
            Err(outcome) => return Ok(outcome),
        };
        if turn.is_none() {
            turn = Some(core.queues.join(&old.digest()).await);
        } else if (SAVES_WITHOUT_BACK_OFF + 1..MAX_SAVE_ATTEMPTS).contains(&attempts) {
            tokio::time::sleep(pause(core, attempts)).await;
        }
    }
    Err(Error::Contended { attempts: MAX_SAVE_ATTEMPTS })
}

async fn send(session: &Session, write: Write) -> Result<(Id, Update)> {
    let driver = &session.0.driver;
    let Write { old, expected, record, rotation } = write;
    let digest = old.digest();
    let update = match rotation {
        None => driver.store().update(&digest, expected, record).await,
        Some((new, forward)) => driver.store().rotate(&digest, expected, &new.digest(), record, forward).await,
    };
    Ok((old, update.map_err(driver.failed("save a session"))?))
}

/// Returns the successor of a session that was renewed, if it is still there.
pub(super) async fn successor(session: &Session, id: &Id, forward: &Forward) -> Result<Option<(Id, Record)>> {
    let (core, driver) = (session.core(), &session.0.driver);
    let mut next = successor_id(core, id, forward, Lookup::UnderWay);
    // A loop and not a recursion, because a visitor can renew the id any number of times meanwhile.
    for _ in 0..Lookup::UnderWay.hops() {
        let Some(id) = next else { return Ok(None) };
        next = match driver.store().load(&id.digest()).await.map_err(driver.failed("load"))? {
            Some(Found::Live(record)) => return Ok(Some((id, record))),
            Some(Found::Moved(forward)) => successor_id(core, &id, &forward, Lookup::UnderWay),
            Some(Found::Corrupt(_)) | None => None,
        };
    }
    Ok(None)
}

/// Returns a short random wait, so that requests which collided do not collide again.
fn pause(core: &Core, attempt: u32) -> Duration {
    core.random.jitter(BACK_OFF_STEP * attempt.min(20), 0.0..=1.0)
}
