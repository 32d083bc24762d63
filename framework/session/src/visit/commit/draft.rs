//! A record on its way into the store.

use std::num::NonZeroU64;

use bytes::Bytes;

use crate::{
    contract::{Forward, Id, Record},
    data::journal,
    error::Result,
    events::SessionEvent,
    visit::{core::Core, load::read_content, session::Session, session_driver::SessionDriver, state::Renewal},
};

/// A record on its way into the store. It is planned from the state, which stays as it is until the store has the
/// record.
pub(super) struct Draft {
    /// The id that it is stored under. A renewal that comes second joins the id of the first one.
    pub(super) id: Id,
    /// The id at the time of the plan, to find out whether the handler has renewed the session since.
    pub(super) planned: Id,
    pub(super) record: Record,
    /// The content, encoded for the version of the record.
    pub(super) payload: Bytes,
    /// How much of the journal it contains.
    pub(super) journal: usize,
    /// The new id that the session gets, if any.
    pub(super) renewal: Option<Renewal>,
    pub(super) login: Login,
    /// The owner of the session's lock, if this request has it.
    pub(super) owner: Option<NonZeroU64>,
    pub(super) notice: Notice,
    /// The generation of the session that it was planned in.
    pub(super) generation: u64,
    /// True if it was merged into what a parallel request saved.
    pub(super) is_merged: bool,
}

/// What a save writes about where the user logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Login {
    /// What the record already says.
    Known,
    /// The client of this request, because the login happened here.
    Here,
}

/// What the browser learns from a save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    /// The cookie, if the id is new to it.
    IfNew,
    /// The cookie, with its new age.
    Always,
    /// Nothing: the session was renewed longer ago than the grace, and whoever sent the old id must not get the new
    /// one.
    Never,
}

/// What a draft still has to write after another request saved first.
pub(super) enum Rebased {
    Write,
    /// The store already holds everything that the draft was to write.
    Done,
    /// The session has ended: in the store, or in this request meanwhile.
    Ended,
}

impl Draft {
    /// Returns the record as the store keeps it.
    pub(super) fn seal(&self, driver: &SessionDriver) -> Result<Record> {
        driver.seal(&self.id.digest(), &self.payload, self.record.clone())
    }

    /// Replays the journal on the record that a parallel request has saved under an id.
    pub(super) fn rebase(
        &mut self,
        session: &Session,
        id: &Id,
        fresh: &Record,
        moved: Option<&Forward>,
    ) -> Result<Rebased> {
        let (core, driver) = (session.core(), &session.0.driver);
        if let Some(forward) = moved {
            // A graceful renewal that comes second joins the successor, so that one session never becomes two.
            self.renewal = self.renewal.filter(|renewal| *renewal == Renewal::Immediate);
            if core.clock.now() >= forward.until {
                self.notice = Notice::Never;
            }
        }
        let Some(operations) = session.state().planned_operations(self) else { return Ok(Rebased::Ended) };
        let digest = id.digest();
        let Some(mut content) = read_content(driver, &digest, fresh) else { return Ok(Rebased::Ended) };
        for error in journal::replay(&operations, &mut content, &core.clock) {
            core.events.emit(&SessionEvent::LeftOut { session: digest, reason: error.to_string() });
        }
        self.merge_record(core, id, fresh);
        self.is_merged = true;
        let is_recently_active = !core.lifetime(fresh.user.as_deref()).is_touch_due(fresh.active_at, core.clock.now());
        if operations.is_empty()
            && self.renewal.is_none()
            && self.owner.is_none()
            && self.login == Login::Known
            && is_recently_active
        {
            // The session only had to be renewed or touched, and a parallel request has done that.
            self.record = fresh.clone();
            self.payload = content.encode(fresh.version, &core.clock);
            return Ok(Rebased::Done);
        }
        self.record.version = core.next_version(fresh.version);
        self.payload = driver.encode(&content, self.record.version)?;
        Ok(Rebased::Write)
    }

    fn merge_record(&mut self, core: &Core, id: &Id, fresh: &Record) {
        if self.renewal.is_none() {
            self.id = id.clone();
            self.record.renewed_at = fresh.renewed_at;
            // Nobody logs in or out without a new id, so the user is that of the fresh record.
            self.record.user.clone_from(&fresh.user);
            if self.login == Login::Known {
                (self.record.address, self.record.agent) = (fresh.address.clone(), fresh.agent.clone());
            }
        }
        if self.owner.is_none() {
            self.record.lock = fresh.lock;
        }
        self.record.created_at = fresh.created_at;
        self.record.active_at = self.record.active_at.max(fresh.active_at);
        let lifetime = core.lifetime(self.record.user.as_deref());
        self.record.expires_at = lifetime.expires_at(fresh.created_at, self.record.active_at);
    }
}
