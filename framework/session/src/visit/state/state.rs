//! One request's view of a session.

use bytes::Bytes;
use salon_core::support::Clock;

use crate::{
    config::Access,
    contract::Id,
    data::{Entry, Operation, path},
    error::Result,
    visit::{
        cookie::CookieChange,
        core::Core,
        load::Loaded,
        state::{
            data::Data,
            guest_forms::GuestForms,
            identity::{CurrentId, Identity, Renewal, Stored},
            lifecycle::{Lateness, Lifecycle, Retired},
            reads::Reads,
        },
    },
};

/// One request's view of a session.
pub(crate) struct State {
    pub(crate) identity: Identity,
    pub(crate) data: Data,
    pub(crate) reads: Reads,
    pub(crate) lifecycle: Lifecycle,
    /// The forms of a visitor whose session is not stored. `None` if no response can set their cookie.
    pub(crate) guest_forms: Option<GuestForms>,
}

impl State {
    pub(crate) fn new(id: Option<Id>, access: Access) -> Self {
        Self {
            identity: Identity::new(id),
            data: Data::default(),
            reads: Reads::default(),
            lifecycle: Lifecycle::new(access),
            guest_forms: None,
        }
    }

    /// Returns the author's value under a key, and notes that it was read.
    pub(crate) fn read(&mut self, key: &str, clock: &Clock) -> Option<Entry> {
        self.reads.session = true;
        let entry = path::read(&self.data.shadowed(), key, clock)?;
        self.reads.flash |= entry.mark.is_flash_of_previous_request(self.data.loaded_version);
        Some(entry)
    }

    /// Returns a value of the session's own, and notes that it was read.
    pub(crate) fn read_own(&mut self, key: &str, clock: &Clock) -> Option<Bytes> {
        self.reads.session = true;
        let entry = self.data.content.own.get(key, clock)?;
        self.reads.flash |= entry.mark.is_flash_of_previous_request(self.data.loaded_version);
        Some(entry.json)
    }

    /// Carries out a change, and notes it for the save. It counts as a read, too: a cache that answered instead of the app
    /// would keep the next visitor's change from happening.
    pub(crate) fn apply(&mut self, operation: Operation, core: &Core) -> Result<()> {
        self.lifecycle.ensure_open()?;
        self.reads.session = true;
        self.data.apply(operation, &core.clock)
    }

    /// Starts without a stored session.
    pub(crate) fn begin_fresh(&mut self) {
        self.lifecycle.open();
        self.identity.current = CurrentId::New(None);
    }

    /// Continues with a session that was loaded.
    pub(crate) fn take_over(&mut self, loaded: Loaded) {
        let Loaded { id, record, content } = loaded;
        self.identity.user.clone_from(&record.user);
        self.identity.has_logged_in = false;
        self.data = Data { content, loaded_version: record.version, ..Data::default() };
        self.identity.current = CurrentId::Stored(Stored::new(id, record));
    }

    /// Gives the session a new id.
    pub(crate) fn renew(&mut self, renewal: Renewal, core: &Core) -> Result<()> {
        self.lifecycle.ensure_open()?;
        self.identity.renew(renewal, core)
    }

    /// Ends the session, and continues with a new, empty one.
    pub(crate) fn retire(&mut self) -> Result<()> {
        self.lifecycle.ensure_open()?;
        if let Some(stored) = self.identity.stored() {
            let retired = Retired { id: stored.id.clone(), lock: self.lifecycle.lock.take() };
            self.lifecycle.retired.push(retired);
            self.lifecycle.cookie = Some(CookieChange::Remove);
        }
        self.lifecycle.generation += 1;
        self.lifecycle.lateness = match self.lifecycle.lateness {
            Lateness::AfterGrace => Lateness::OnTime,
            lateness => lateness,
        };
        self.continue_empty();
        Ok(())
    }

    /// Continues with a new, empty session.
    pub(crate) fn continue_empty(&mut self) {
        self.identity.current = CurrentId::New(None);
        self.identity.user = None;
        self.identity.has_logged_in = false;
        self.data = Data::default();
    }
}
