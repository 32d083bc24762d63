//! Which session it is, and whose.

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    contract::{Id, Record},
    error::Result,
    visit::{client::Client, core::Core},
};

/// The record in the store that the session was loaded from or saved as, without its payload.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) id: Id,
    pub(crate) record: Record,
}

impl Stored {
    pub(crate) fn new(id: Id, mut record: Record) -> Self {
        record.payload = Bytes::new();
        Self { id, record }
    }
}

/// How a session gets a new id. If two are requested, the stricter one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Renewal {
    /// The old id forwards to the new one for a while, so that parallel requests of a page are not logged out.
    Graceful,
    /// A change of privilege: the old id is worthless from now on.
    Immediate,
}

/// The id of the session.
#[derive(Clone, Debug)]
pub(crate) enum CurrentId {
    /// The session is not started. The browser presented this id, if any.
    Presented(Option<Id>),
    /// The session is not stored yet. Its id is drawn when it is first needed.
    New(Option<Id>),
    /// The session is stored.
    Stored(Stored),
    /// The session is stored under one id, and the next save moves it to another.
    Renewing { from: Stored, id: Id, renewal: Renewal },
}

/// Which session it is, and whose.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) current: CurrentId,
    /// The user who is logged in. `login` and `logout` change it together with the id.
    pub(crate) user: Option<Arc<str>>,
    /// True if the login happened in this request: then the record must say where it came from.
    pub(crate) has_logged_in: bool,
    pub(crate) client: Client,
}

impl Identity {
    pub(crate) fn new(presented: Option<Id>) -> Self {
        let current = CurrentId::Presented(presented);
        Self { current, user: None, has_logged_in: false, client: Client::default() }
    }

    /// Returns the stored record, if there is one.
    pub(crate) const fn stored(&self) -> Option<&Stored> {
        match &self.current {
            CurrentId::Stored(stored) | CurrentId::Renewing { from: stored, .. } => Some(stored),
            CurrentId::Presented(_) | CurrentId::New(_) => None,
        }
    }

    /// Returns the id, if it is known already.
    #[cfg(test)]
    pub(crate) fn known_id(&self) -> Option<Id> {
        match &self.current {
            CurrentId::Presented(id) | CurrentId::New(id) => id.clone(),
            CurrentId::Stored(stored) => Some(stored.id.clone()),
            CurrentId::Renewing { id, .. } => Some(id.clone()),
        }
    }

    pub(crate) const fn stored_mut(&mut self) -> Option<&mut Stored> {
        match &mut self.current {
            CurrentId::Stored(stored) | CurrentId::Renewing { from: stored, .. } => Some(stored),
            CurrentId::Presented(_) | CurrentId::New(_) => None,
        }
    }

    /// Returns the renewal that the next save carries out, if any.
    pub(crate) const fn renewal(&self) -> Option<Renewal> {
        match &self.current {
            CurrentId::Renewing { renewal, .. } => Some(*renewal),
            _ => None,
        }
    }

    /// Returns the id that the session has, or will have after the next save.
    pub(crate) fn id(&mut self, core: &Core) -> Result<Id> {
        Ok(match &mut self.current {
            CurrentId::Presented(Some(id)) | CurrentId::New(Some(id)) | CurrentId::Renewing { id, .. } => id.clone(),
            CurrentId::Stored(stored) => stored.id.clone(),
            CurrentId::Presented(id @ None) | CurrentId::New(id @ None) => id.insert(core.new_id()?).clone(),
        })
    }

    /// Gives the session a new id.
    pub(crate) fn renew(&mut self, renewal: Renewal, core: &Core) -> Result<()> {
        let id = core.new_id()?;
        self.current = match std::mem::replace(&mut self.current, CurrentId::New(None)) {
            CurrentId::Stored(from) => CurrentId::Renewing { from, id, renewal },
            CurrentId::Renewing { from, renewal: earlier, .. } => {
                CurrentId::Renewing { from, id, renewal: renewal.max(earlier) }
            }
            // A session that is not stored yet is simply created under the new id.
            CurrentId::New(_) | CurrentId::Presented(_) => CurrentId::New(Some(id)),
        };
        Ok(())
    }

    /// Notes that the session was saved. A renewal that was requested while the store was busy is still to come.
    pub(crate) fn note_saved(&mut self, planned: &Id, saved: Stored) {
        if let CurrentId::Renewing { from, id, .. } = &mut self.current
            && id != planned
        {
            *from = saved;
            return;
        }
        self.user.clone_from(&saved.record.user);
        self.current = CurrentId::Stored(saved);
    }

    /// Returns a record that says where the user logged in, and nothing else.
    pub(crate) fn login_client(&self) -> Record {
        if self.user.is_none() {
            return Record::default();
        }
        Record { address: self.client.address.clone(), agent: self.client.agent.clone(), ..Record::default() }
    }

    /// True if the handler saved a login itself, before the visit had set the client.
    pub(crate) fn lacks_login_client(&self) -> bool {
        let Some(Stored { record, .. }) = self.stored().filter(|_| self.has_logged_in) else { return false };
        let client = self.login_client();
        (&record.address, &record.agent) != (&client.address, &client.agent)
    }
}
