//! `take`: a value that exactly one of several requests gets.

use bytes::Bytes;

use crate::{
    contract::{record::Record, store::Update},
    data::{
        journal::{self, Operation},
        path,
    },
    error::{Error, Result},
    events::event::SessionEvent,
    visit::{
        commit::save::{ATTEMPTS, PATIENCE, pause},
        core::Core,
        load::{Lookup, Resolution, load},
        session::Session,
        state::{Kept, State},
    },
};

/// What a value is taken from.
struct Taking {
    kept: Kept,
    /// What this request has added to the value: it is taken along.
    added: Vec<Operation>,
    /// Which of the handle's sessions it is: the request may end it while the store is busy.
    generation: u64,
}

/// Takes a value out of the store's record at once.
///
/// # Errors
/// The session is not open, or the store failed; then the value is where it was.
pub(crate) async fn take(session: &Session, key: &str) -> Result<Option<Bytes>> {
    let taking = session.state().taking_from(key)?;
    match taking {
        Some(taking) => take_from_store(session, key, &taking).await,
        None => session.state().pull_bytes(key, session.core()),
    }
}

async fn take_from_store(session: &Session, key: &str, taking: &Taking) -> Result<Option<Bytes>> {
    let (core, driver) = (session.core(), &session.0.driver);
    let kept = &taking.kept;
    let mut id = kept.id.clone();
    let lock = session.state().lock.as_ref().map(|lock| (lock.owner(), lock.is_expired()));
    let mut turn = core.queues.join_if_formed(&id.digest()).await;
    for attempt in 1..=ATTEMPTS {
        let Resolution::To(loaded) = load(core, driver, id, Lookup::UnderWay).await? else {
            core.events.emit(&SessionEvent::Gone { session: kept.id.digest() });
            return Ok(None);
        };
        id = loaded.id;
        let (digest, expected) = (id.digest(), loaded.record.version);
        if lock.is_some_and(|(owner, is_expired)| is_expired || !loaded.record.is_locked_by(owner)) {
            core.events.emit(&SessionEvent::LockLost { session: digest });
            return Err(Error::LockLost);
        }
        let mut content = loaded.content;
        for error in journal::replay(&taking.added, &mut content, &core.clock) {
            core.events.emit(&SessionEvent::LeftOut { session: digest, reason: error.to_string() });
        }
        let Some(entry) = path::read(&content.data, key, &core.clock) else {
            session.state().forget_taken(key, taking, core)?;
            return Ok(None);
        };
        Operation::forget(key).apply(&mut content, &core.clock)?;
        let (expires_at, record) = (loaded.record.expires_at, Record { version: expected + 1, ..loaded.record });
        let record = driver.fill(&digest, &content, record)?;
        let update = driver.store().update(&digest, expected, record).await.map_err(driver.failed("save a session"))?;
        match update {
            Update::Saved => {
                let mut state = session.state();
                state.note_taken(key, taking, expected, core)?;
                if driver.carrier().is_stale(&digest) && state.generation == taking.generation {
                    state.set_cookie(core, &id, expires_at);
                }
                return Ok(Some(entry.json));
            }
            Update::Gone => {
                core.events.emit(&SessionEvent::Gone { session: digest });
                return Ok(None);
            }
            Update::Conflict(_) | Update::Moved(_) => {}
        }
        if turn.is_none() {
            turn = Some(core.queues.join(&kept.id.digest()).await);
        } else if attempt > PATIENCE {
            tokio::time::sleep(pause(core, attempt)).await;
        }
    }
    Err(Error::Contended { attempts: ATTEMPTS })
}

impl State {
    /// What to take from; `None` if the value can only be this request's own.
    fn taking_from(&self, key: &str) -> Result<Option<Taking>> {
        self.ensure_open()?;
        let is_decided_here = self.journal.iter().any(|operation| operation.decides(key));
        let Some(kept) = self.kept.clone().filter(|_| !is_decided_here) else { return Ok(None) };
        let added = self.journal.iter().filter(|operation| operation.concerns(key)).cloned().collect();
        Ok(Some(Taking { kept, added, generation: self.generation }))
    }

    fn pull_bytes(&mut self, key: &str, core: &Core) -> Result<Option<Bytes>> {
        let Some(entry) = self.read(key, &core.clock) else { return Ok(None) };
        self.apply(Operation::forget(key), core)?;
        Ok(Some(entry.json))
    }

    /// The store does not hold the value, so this view must not either.
    fn forget_taken(&mut self, key: &str, taking: &Taking, core: &Core) -> Result<()> {
        self.was_read = true;
        if self.generation != taking.generation {
            return Ok(());
        }
        Operation::forget(key).apply(&mut self.content, &core.clock)
    }

    /// As [`forget_taken`](Self::forget_taken); what went with the value is done, and if nobody else has saved meanwhile,
    /// this view is up to date.
    fn note_taken(&mut self, key: &str, taking: &Taking, replaced: u64, core: &Core) -> Result<()> {
        self.forget_taken(key, taking, core)?;
        if self.generation != taking.generation {
            return Ok(());
        }
        let mut left = taking.added.len();
        self.journal.retain(|operation| {
            let is_done = left > 0 && operation.concerns(key);
            left -= usize::from(is_done);
            !is_done
        });
        if let Some(kept) = &mut self.kept
            && kept.record.version == replaced
        {
            kept.record.version = replaced + 1;
        }
        Ok(())
    }
}
