//! `take`: a value that exactly one of several requests gets.

use bytes::Bytes;

use super::{
    super::{
        core::Core,
        error::{Error, Result},
        event::SessionEvent,
        journal::{self, Operation},
        load::load,
        path,
        record::Record,
        session::Session,
        state::{Kept, State},
        store::Update,
    },
    save::{ATTEMPTS, PATIENCE, pause},
};

/// Takes a value out of the store's record at once.
///
/// # Errors
/// The session is not open, or the store failed; then the value is where it was.
pub(crate) async fn take(session: &Session, key: &str) -> Result<Option<Bytes>> {
    let kept = session.state().taking_from(key)?;
    let Some(kept) = kept else { return session.state().pull_bytes(key, session.core()) };
    let added: Vec<_> = session.state().journal.extract_if(.., |operation| operation.concerns(key)).collect();
    let taken = take_from_store(session, key, &kept, &added).await;
    if taken.is_err() {
        session.state().journal.splice(..0, added);
    }
    taken
}

/// `added` is what this request has added to the value: it is taken along.
async fn take_from_store(session: &Session, key: &str, kept: &Kept, added: &[Operation]) -> Result<Option<Bytes>> {
    let (core, driver) = (session.core(), &session.0.driver);
    let mut id = kept.id.clone();
    let (owner, is_over) =
        session.state().lock.as_ref().map_or((None, false), |lock| (Some(lock.owner()), lock.is_over()));
    let mut turn = core.queues.join_if_formed(&id.digest()).await;
    for attempt in 1..=ATTEMPTS {
        let Some(loaded) = load(core, driver, id).await? else {
            core.events.tell(&SessionEvent::Gone { session: kept.id.digest() });
            return Ok(None);
        };
        id = loaded.id;
        let (digest, expected) = (id.digest(), loaded.record.version);
        if owner.is_some() && (is_over || loaded.record.lock.map(|lock| lock.owner) != owner) {
            core.events.tell(&SessionEvent::LockLost { session: digest });
            return Err(Error::LockLost);
        }
        let mut content = loaded.content;
        for error in journal::replay(added, &mut content, &core.clock) {
            core.events.tell(&SessionEvent::LeftOut { session: digest, reason: error.to_string() });
        }
        let Some(entry) = path::read(&content.data, key, &core.clock) else {
            session.state().forget_taken(key, core)?;
            return Ok(None);
        };
        Operation::forget(key).apply(&mut content, &core.clock)?;
        let payload = core.payload(&digest, &content, expected + 1)?;
        let record = Record { version: expected + 1, payload, ..loaded.record };
        let update =
            driver.store().update(&digest, expected, record).await.map_err(core.failed(driver, "save a session"))?;
        match update {
            Update::Saved => {
                session.state().note_taken(key, expected, core)?;
                return Ok(Some(entry.json));
            }
            Update::Gone => {
                core.events.tell(&SessionEvent::Gone { session: digest });
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
    /// The record to take from; `None` if the value can only be this request's own.
    fn taking_from(&self, key: &str) -> Result<Option<Kept>> {
        self.ensure_open()?;
        let is_decided_here = self.journal.iter().any(|operation| operation.decides(key));
        Ok(self.kept.clone().filter(|_| !is_decided_here))
    }

    fn pull_bytes(&mut self, key: &str, core: &Core) -> Result<Option<Bytes>> {
        let Some(entry) = self.read(key, &core.clock) else { return Ok(None) };
        self.apply(Operation::forget(key), core)?;
        Ok(Some(entry.json))
    }

    /// The store no longer holds the value, so this view must not either.
    fn forget_taken(&mut self, key: &str, core: &Core) -> Result<()> {
        self.was_read = true;
        Operation::forget(key).apply(&mut self.content, &core.clock)
    }

    /// As [`forget_taken`](Self::forget_taken); and if nobody else has saved meanwhile, this view is up to date.
    fn note_taken(&mut self, key: &str, replaced: u64, core: &Core) -> Result<()> {
        self.forget_taken(key, core)?;
        if let Some(kept) = &mut self.kept
            && kept.record.version == replaced
        {
            kept.record.version = replaced + 1;
        }
        Ok(())
    }
}
