//! `take`: removes a value from the store so that exactly one of several requests gets it.

use bytes::Bytes;

use super::compare_and_set::{Next, Outcome, Write, compare_and_set};
use crate::{
    contract::{Forward, Id, Record},
    data::{Operation, journal, path},
    error::{Error, Result},
    events::SessionEvent,
    visit::{
        load::{Loaded, Lookup, Resolution, load, read_content},
        session::Session,
        state::{State, Stored},
    },
};

/// The session that a value is taken from.
struct TakeSource {
    stored: Stored,
    /// The changes of this request to the value, which are taken with it.
    added: Vec<Operation>,
    /// The generation of the session.
    generation: u64,
}

/// The value that was found, and where.
#[derive(Default)]
struct Taken {
    value: Option<Bytes>,
    /// The record that was replaced.
    base: Option<Stored>,
    /// The version that replaced it.
    version: u64,
}

/// Takes a value out of the record in the store, without waiting for the end of the request.
///
/// # Errors
/// Returns an error if the session is not open, or if the store fails. Then the value stays where it is.
pub(crate) async fn take(session: &Session, key: &str) -> Result<Option<Bytes>> {
    let source = session.state().take_source(key, session)?;
    match source {
        Some(source) => take_from_store(session, key, &source).await,
        None => session.state().pull_bytes(key, session),
    }
}

async fn take_from_store(session: &Session, key: &str, source: &TakeSource) -> Result<Option<Bytes>> {
    let (core, driver) = (session.core(), &session.0.driver);
    let ended = || core.events.emit(&SessionEvent::Gone { session: source.stored.id.digest() });
    let Resolution::Found(Loaded { id, record, .. }) = load(driver, source.stored.id.clone(), Lookup::UnderWay).await?
    else {
        ended();
        return Ok(None);
    };
    let mut taken = Taken::default();
    let first = taken.write(session, key, source, id, record)?;
    let outcome = compare_and_set(session, first, |id: Id, fresh: Record, _moved: Option<&Forward>| {
        taken.write(session, key, source, id, fresh)
    })
    .await?;
    match outcome {
        Outcome::Saved { .. } => session.state().note_taken(key, source, &taken, session)?,
        Outcome::Done => session.state().forget_taken(key, source, session)?,
        Outcome::Ended => {
            ended();
            return Ok(None);
        }
    }
    Ok(taken.value)
}

impl Taken {
    /// Plans to write the record without the value.
    fn write(&mut self, session: &Session, key: &str, source: &TakeSource, id: Id, record: Record) -> Result<Next> {
        let (core, driver, digest) = (session.core(), &session.0.driver, id.digest());
        let lock = session.state().lifecycle.lock.as_ref().map(|lock| (lock.owner(), lock.is_expired()));
        if lock.is_some_and(|(owner, is_expired)| is_expired || !record.is_locked_by(owner)) {
            core.events.emit(&SessionEvent::LockLost { session: digest });
            return Err(Error::LockLost);
        }
        let Some(mut content) = read_content(driver, &digest, &record) else { return Ok(Next::Ended) };
        for error in journal::replay(&source.added, &mut content, &core.clock) {
            core.events.emit(&SessionEvent::LeftOut { session: digest, reason: error.to_string() });
        }
        self.value = path::read(&content.data, key, &core.clock).map(|entry| entry.json);
        if self.value.is_none() {
            return Ok(Next::Done);
        }
        Operation::forget(key).apply(&mut content, &core.clock)?;
        let expected = record.version;
        self.version = core.next_version(expected);
        let payload = driver.encode(&content, self.version)?;
        self.base = Some(Stored::new(id.clone(), record.clone()));
        let record = driver.seal(&digest, &payload, Record { version: self.version, ..record })?;
        Ok(Next::Write(Box::new(Write { old: id, expected, record, rotation: None })))
    }
}

impl State {
    /// Returns what to take from, or `None` if the value can only come from this request.
    fn take_source(&self, key: &str, session: &Session) -> Result<Option<TakeSource>> {
        self.lifecycle.ensure_open()?;
        let is_decided_here = self.data.is_shadowed(key, &session.core().clock)
            || self.data.journal.iter().any(|operation| operation.decides(key));
        let Some(stored) = self.identity.stored().filter(|_| !is_decided_here) else { return Ok(None) };
        let added = self.data.journal.iter().filter(|operation| operation.concerns(key)).cloned().collect();
        Ok(Some(TakeSource { stored: stored.clone(), added, generation: self.lifecycle.generation }))
    }

    /// Removes a value from this request's view, and returns it.
    pub(in crate::visit) fn pull_bytes(&mut self, key: &str, session: &Session) -> Result<Option<Bytes>> {
        let core = session.core();
        let Some(entry) = self.read(key, &core.clock) else { return Ok(None) };
        self.apply(Operation::forget(key), core)?;
        Ok(Some(entry.json))
    }

    /// Removes the value from this request's view, because the store no longer holds it.
    fn forget_taken(&mut self, key: &str, source: &TakeSource, session: &Session) -> Result<()> {
        self.reads.session = true;
        if self.lifecycle.generation != source.generation {
            return Ok(());
        }
        Operation::forget(key).apply(&mut self.data.content, &session.core().clock)
    }

    /// Notes that the value was taken out of the store, together with the changes of this request to it.
    fn note_taken(&mut self, key: &str, source: &TakeSource, taken: &Taken, session: &Session) -> Result<()> {
        self.forget_taken(key, source, session)?;
        let Some(base) = &taken.base else { return Ok(()) };
        if self.lifecycle.generation != source.generation {
            return Ok(());
        }
        let mut left = source.added.len();
        self.data.journal.retain(|operation| {
            let is_done = left > 0 && operation.concerns(key);
            left -= usize::from(is_done);
            !is_done
        });
        if let Some(stored) = self.identity.stored_mut()
            && stored.record.version == base.record.version
        {
            // No other request has saved meanwhile, so this view is up to date.
            stored.record.version = taken.version;
        }
        if session.0.driver.carrier().is_stale(&base.id.digest()) {
            self.lifecycle.set_cookie(session.core(), &base.id, base.record.expires_at);
        }
        Ok(())
    }
}
