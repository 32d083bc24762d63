//! One request's view of a session: what was loaded, what changed since, and what is to become of it.

use std::sync::Arc;

use bytes::Bytes;
use salon_core::support::Clock;

use crate::{
    config::access::{Access, AccessKind, Concurrency},
    contract::{
        id::{Digest, Id},
        record::Record,
    },
    data::{
        bag::Bag,
        content::{Content, Space},
        entry::Entry,
        journal::Operation,
        path,
    },
    error::{Error, Result},
    visit::{client::Client, cookie::CookieChange, core::Core, lock_guard::LockGuard},
};

/// Where a session stands in its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Unstarted,
    Open,
    /// The route only reads.
    ReadOnly,
    /// The store did not answer, and the request goes on without a session.
    Absent,
    /// Saved by the handler, which only reads from then on.
    Released,
    Closed,
}

/// The record in the store that this session was loaded from or saved as, without its payload.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) id: Id,
    pub(crate) record: Record,
}

impl Kept {
    pub(crate) fn new(id: Id, mut record: Record) -> Self {
        record.payload = Bytes::new();
        Self { id, record }
    }
}

/// A session that this request has ended.
pub(crate) struct Retired {
    pub(crate) id: Id,
    /// Its lock, which goes with it.
    pub(crate) lock: Option<Box<LockGuard>>,
}

/// A new id for a session that is kept. Of two the greater one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Renewal {
    /// The old id leads to the new one for a short while, so that parallel requests of a page are not logged out.
    Graceful,
    /// A change of privilege: the old id is worth nothing from now on.
    Immediate,
}

pub(crate) struct State {
    pub(crate) access: Access,
    pub(crate) phase: Phase,
    /// The id presented, until the session is started; then the id that it has or will have, made when first needed.
    pub(crate) id: Option<Id>,
    pub(crate) kept: Option<Kept>,
    pub(crate) content: Content,
    /// Values for this request only. They lie over the content and are never stored.
    pub(crate) now: Bag,
    pub(crate) journal: Vec<Operation>,
    pub(crate) renewal: Option<Renewal>,
    /// Whether a save came to a session that was renewed longer ago than the grace: the browser is not told of its id, though
    /// the request has more to save.
    pub(crate) is_late: bool,
    /// The id presented, if it was that of a session whose user has logged in a moment ago.
    pub(crate) superseded: Option<Digest>,
    /// Held if the session is this request's alone.
    pub(crate) lock: Option<Box<LockGuard>>,
    /// Sessions that this request has ended; the store is told at the commit.
    pub(crate) retired: Vec<Retired>,
    /// How many sessions this handle has ended: a save that is under way meanwhile belongs to one before.
    pub(crate) generation: u64,
    /// The version that was loaded: what was flashed up to then is for this request to show.
    pub(crate) loaded_version: u64,
    /// Who is logged in. `login` and `logout` change it together with the id.
    pub(crate) user: Option<Arc<str>>,
    /// Whether that was in this request: then the record is to say from where.
    pub(crate) has_logged_in: bool,
    pub(crate) client: Client,
    pub(crate) cookie: Option<CookieChange>,
    /// Whether anything was read: then the answer depends on the visitor.
    pub(crate) was_read: bool,
    /// Whether a flash value of the request before was read.
    pub(crate) flash_was_read: bool,
}

impl State {
    pub(crate) fn new(id: Option<Id>, access: Access) -> Self {
        Self {
            access,
            phase: Phase::Unstarted,
            id,
            kept: None,
            content: Content::default(),
            now: Bag::default(),
            journal: Vec::new(),
            renewal: None,
            is_late: false,
            superseded: None,
            lock: None,
            retired: Vec::new(),
            generation: 0,
            loaded_version: 0,
            user: None,
            has_logged_in: false,
            client: Client::default(),
            cookie: None,
            was_read: false,
            flash_was_read: false,
        }
    }

    /// Whether the session is to be this request's alone.
    pub(crate) fn blocks(&self) -> bool {
        self.access.0 == AccessKind::Shared(Concurrency::Block)
    }

    /// Lets the request go on, as its access allows.
    pub(crate) const fn open(&mut self) {
        self.phase = match self.access.0 {
            AccessKind::Shared(_) => Phase::Open,
            AccessKind::ReadOnly => Phase::ReadOnly,
        };
    }

    pub(crate) const fn ensure_started(&self) -> Result<()> {
        match self.phase {
            Phase::Unstarted => Err(Error::NotStarted),
            _ => Ok(()),
        }
    }

    pub(crate) const fn ensure_open(&self) -> Result<()> {
        match self.phase {
            Phase::Open => Ok(()),
            Phase::Unstarted => Err(Error::NotStarted),
            Phase::ReadOnly => Err(Error::ReadOnly),
            Phase::Absent => Err(Error::Absent),
            Phase::Released | Phase::Closed => Err(Error::Closed),
        }
    }

    /// The author's value under a key, noting that it was read.
    pub(crate) fn read(&mut self, key: &str, clock: &Clock) -> Option<Entry> {
        self.was_read = true;
        if let Some(entry) = path::read(&self.now, key, clock) {
            return Some(entry);
        }
        let entry = path::read(&self.content.data, key, clock)?;
        self.flash_was_read |= entry.mark.is_handed_flash(self.loaded_version);
        Some(entry)
    }

    /// A value of the session's own, noting that it was read.
    pub(crate) fn read_own(&mut self, key: &str, clock: &Clock) -> Option<Bytes> {
        self.was_read = true;
        let entry = self.content.own.get(key, clock)?;
        self.flash_was_read |= entry.mark.is_handed_flash(self.loaded_version);
        Some(entry.json)
    }

    /// Carries a change out and notes it for the save.
    pub(crate) fn apply(&mut self, operation: Operation, core: &Core) -> Result<()> {
        self.ensure_open()?;
        operation.apply(&mut self.content, &core.clock)?;
        self.uncover(&operation, &core.clock);
        self.journal.push(operation);
        Ok(())
    }

    /// Notes a change that was carried out already.
    pub(crate) fn note(&mut self, operation: Operation, clock: &Clock) {
        self.uncover(&operation, clock);
        self.journal.push(operation);
    }

    /// What is written to a key must not stay hidden under a value for this request only.
    fn uncover(&mut self, operation: &Operation, clock: &Clock) {
        match operation {
            Operation::Key { space: Space::Data, key, change } => match key.split_once('.') {
                // Part of a value that is covered: changed in the cover too, which keeps its other parts.
                Some((head, _)) if self.now.get(key, clock).is_none() && self.now.get(head, clock).is_some() => {
                    let _ = change.apply(&mut self.now, key, clock);
                }
                _ => self.now.remove(key),
            },
            Operation::Key { space: Space::Own, .. } => {}
            Operation::Flush | Operation::Replace(_) => self.now.clear(),
        }
    }

    /// The id that the session has or will have.
    pub(crate) fn id(&mut self, core: &Core) -> Result<Id> {
        self.ensure_started()?;
        match &self.id {
            Some(id) => Ok(id.clone()),
            None => Ok(self.id.insert(core.new_id()?).clone()),
        }
    }

    /// Gives the session a new id.
    pub(crate) fn renew(&mut self, renewal: Renewal, core: &Core) -> Result<()> {
        self.ensure_open()?;
        self.id = Some(core.new_id()?);
        self.renewal = self.renewal.max(Some(renewal));
        Ok(())
    }

    /// Ends the session and leaves a fresh, empty one.
    pub(crate) fn retire(&mut self) -> Result<()> {
        self.ensure_open()?;
        if let Some(kept) = self.kept.take() {
            self.retired.push(Retired { id: kept.id, lock: self.lock.take() });
            self.cookie = Some(CookieChange::Remove);
        }
        self.generation += 1;
        self.loaded_version = 0;
        self.id = None;
        self.content = Content::default();
        self.now.clear();
        self.journal.clear();
        self.renewal = None;
        self.is_late = false;
        self.user = None;
        self.has_logged_in = false;
        Ok(())
    }
}
