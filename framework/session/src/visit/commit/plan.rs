//! What a commit has to do, decided from the state alone.

use salon_core::support::Timestamp;

use super::{
    draft::{Draft, Login, Notice},
    ending::Ending,
};
use crate::{
    contract::{Id, Record},
    data::{Operation, journal, own},
    error::{Error, Result},
    visit::{
        core::Core,
        session_driver::SessionDriver,
        state::{Lateness, Phase, Renewal, State, Stored},
    },
};

/// What a commit has to do.
pub(super) enum Step {
    /// Boxed, like the next one, because a draft is large and is moved several times.
    Create(Box<Draft>),
    Save {
        /// The id and the version of the record that is replaced.
        old: Id,
        version: u64,
        draft: Box<Draft>,
    },
    /// Only records the request on the session.
    Touch { id: Id, active_at: Timestamp, expires_at: Timestamp },
    /// Checks that a session is still there: the browser is about to get an id that was saved, or found, a while ago.
    Confirm(Id),
}

impl State {
    /// Decides what has to be done. Returns `None` if there is nothing to do.
    pub(super) fn plan(&mut self, driver: &SessionDriver, ending: Ending) -> Result<Option<Step>> {
        let step = self.plan_change(driver, ending)?;
        let is_last = ending.ends_request();
        Ok(step.or_else(|| self.lifecycle.pending_cookie().filter(|_| is_last).map(Step::Confirm)))
    }

    fn plan_change(&mut self, driver: &SessionDriver, ending: Ending) -> Result<Option<Step>> {
        let core: &Core = driver.core();
        let may_write = match self.lifecycle.phase {
            Phase::Open => true,
            // A session that was released early was also saved. Only its flash values may still have to age.
            Phase::Released => ending == Ending::CloseAndAge || self.identity.lacks_login_client(),
            Phase::ReadOnly if ending != Ending::Fail => return Ok(self.plan_touch(core)),
            Phase::Unstarted | Phase::ReadOnly | Phase::Absent | Phase::Closed => false,
        };
        if !may_write || ending == Ending::Fail {
            return Ok(None);
        }
        if self.lifecycle.has_lost_lock() && self.data.journal.is_empty() && self.identity.renewal().is_none() {
            // Too late to save anything, but the handler has only read. Flash values wait.
            return Ok(self.plan_touch(core));
        }
        if ending == Ending::CloseAndAge {
            self.age_flash(core)?;
        }
        let now = core.clock.now();
        let Some(stored) = self.identity.stored() else { return self.plan_creation(driver, now) };
        let age = now.since(stored.record.renewed_at);
        let is_old = core.settings.regenerate_every.is_some_and(|every| age >= every);
        let may_renew = ending != Ending::Save
            && self.lifecycle.phase == Phase::Open
            && self.lifecycle.lateness != Lateness::AfterGrace
            && self.identity.renewal().is_none();
        if is_old && may_renew {
            // The token stays, so that forms which are open in the browser still work.
            self.identity.renew(Renewal::Graceful, core)?;
        }
        if self.data.journal.is_empty() && self.identity.renewal().is_none() && !self.identity.lacks_login_client() {
            return Ok(self.plan_touch(core));
        }
        self.plan_save(driver, now, ending)
    }

    /// Drops the flash values that the request has shown, or could have.
    fn age_flash(&mut self, core: &Core) -> Result<()> {
        for operation in journal::shown_flash_removals(&self.data.content, self.data.loaded_version, &core.clock) {
            operation.apply(&mut self.data.content, &core.clock)?;
            self.data.journal.push(operation);
        }
        Ok(())
    }

    /// Plans to record the request on the session, if that is due.
    fn plan_touch(&self, core: &Core) -> Option<Step> {
        let (Stored { id, record }, now) = (self.identity.stored()?, core.clock.now());
        let lifetime = core.lifetime(record.user.as_deref());
        let expires_at = lifetime.expires_at(record.created_at, now);
        let is_due = lifetime.is_touch_due(record.active_at, now);
        is_due.then(|| Step::Touch { id: id.clone(), active_at: now, expires_at })
    }

    fn plan_creation(&mut self, driver: &SessionDriver, now: Timestamp) -> Result<Option<Step>> {
        let core: &Core = driver.core();
        if self.data.content.is_empty(&core.clock) && self.identity.user.is_none() {
            self.data.journal.clear();
            return Ok(None);
        }
        // The token is created with the first save, because two pages that are rendered at once must not create two.
        if self.data.content.own.get(own::TOKEN, &core.clock).is_none() {
            self.make_first_token(core)?;
        }
        let record = Record {
            created_at: now,
            active_at: now,
            expires_at: core.lifetime(self.identity.user.as_deref()).expires_at(now, now),
            renewed_at: now,
            user: self.identity.user.clone(),
            ..self.identity.login_client()
        };
        Ok(Some(Step::Create(self.draft(
            driver,
            Record { version: core.next_version(0), ..record },
            Notice::Always,
        )?)))
    }

    fn plan_save(&mut self, driver: &SessionDriver, now: Timestamp, ending: Ending) -> Result<Option<Step>> {
        let core: &Core = driver.core();
        let Some(Stored { id: old, record: stored }) = self.identity.stored().cloned() else { return Ok(None) };
        if self.lifecycle.has_lost_lock() {
            return Err(Error::LockLost);
        }
        let lifetime = core.lifetime(self.identity.user.as_deref());
        let is_touch_due = lifetime.is_touch_due(stored.active_at, now);
        let active_at = if is_touch_due { now } else { stored.active_at };
        // A save in the middle of a request keeps the lock, and any other releases it. A lock of another request stays.
        let keeps_lock = self.lifecycle.lock.is_none() || ending == Ending::Save;
        let client = if self.identity.has_logged_in { self.identity.login_client() } else { stored.clone() };
        let record = Record {
            version: core.next_version(stored.version),
            created_at: stored.created_at,
            active_at,
            expires_at: lifetime.expires_at(stored.created_at, active_at),
            renewed_at: if self.identity.renewal().is_some() { now } else { stored.renewed_at },
            lock: stored.lock.filter(|_| keeps_lock),
            user: self.identity.user.clone(),
            ..client
        };
        let notice = if is_touch_due { Notice::Always } else { Notice::IfNew };
        Ok(Some(Step::Save { old, version: stored.version, draft: self.draft(driver, record, notice)? }))
    }

    fn draft(&mut self, driver: &SessionDriver, record: Record, notice: Notice) -> Result<Box<Draft>> {
        let id = self.identity.id(driver.core())?;
        Ok(Box::new(Draft {
            planned: id.clone(),
            id,
            payload: driver.encode(&self.data.content, record.version)?,
            record,
            journal: self.data.journal.len(),
            renewal: self.identity.renewal(),
            login: if self.identity.has_logged_in { Login::Here } else { Login::Known },
            owner: self.lifecycle.lock.as_ref().map(|lock| lock.owner()),
            notice,
            generation: self.lifecycle.generation,
            is_merged: false,
        }))
    }

    /// Returns the changes that a draft contains, or `None` if the handler has ended that session meanwhile.
    pub(super) fn planned_operations(&self, draft: &Draft) -> Option<Vec<Operation>> {
        (self.lifecycle.generation == draft.generation).then(|| self.data.journal[..draft.journal].to_vec())
    }

    /// True if a draft contains nothing that the handler has asked for.
    pub(super) fn is_bookkeeping(&self, draft: &Draft) -> bool {
        let operations = self.planned_operations(draft).unwrap_or_default();
        draft.login == Login::Known && operations.iter().all(Operation::is_bookkeeping)
    }
}
