//! What a commit has to do, decided from the session's state alone.

use salon_core::support::Timestamp;

use crate::{
    contract::{id::Id, record::Record},
    data::{content::own, journal},
    error::{Error, Result},
    visit::{
        commit::{draft::Draft, ending::Ending},
        cookie::CookieChange,
        core::Core,
        state::{Kept, Phase, Renewal, State},
    },
};

pub(super) enum Step {
    Create(Draft),
    Save(Draft),
    Touch(Kept, Timestamp, Timestamp),
    /// The browser is to hear of an id that was saved, or found, a while ago: is the session still there?
    Confirm(Id),
}

impl State {
    /// What has to be done; `None` if nothing.
    pub(super) fn plan(&mut self, core: &Core, ending: Ending) -> Result<Option<Step>> {
        let step = self.plan_change(core, ending)?;
        Ok(step.or_else(|| self.pending_cookie(ending).map(Step::Confirm)))
    }

    /// The id that the browser is to hear of now.
    pub(super) fn pending_cookie(&self, ending: Ending) -> Option<Id> {
        match &self.cookie {
            Some(CookieChange::Set { id, .. }) if ending.ends_request() => Some(id.clone()),
            _ => None,
        }
    }

    fn plan_change(&mut self, core: &Core, ending: Ending) -> Result<Option<Step>> {
        // What was released early has been saved; only its flash values may still have to age.
        let is_open = match self.phase {
            Phase::Open => true,
            Phase::Released => ending == Ending::CloseAndAge || self.lacks_login_client(),
            Phase::ReadOnly if ending != Ending::Fail => return Ok(self.plan_touch(core)),
            Phase::Unstarted | Phase::ReadOnly | Phase::Absent | Phase::Closed => false,
        };
        if !is_open || ending == Ending::Fail {
            return Ok(None);
        }
        let is_expired = self.lock.as_ref().is_some_and(|lock| lock.is_expired());
        if is_expired && self.journal.is_empty() && self.renewal.is_none() {
            // Too late to save anything, but the handler has only read; flash values wait.
            return Ok(self.plan_touch(core));
        }
        if ending == Ending::CloseAndAge {
            for operation in journal::ageing(&self.content, self.loaded_version, &core.clock) {
                operation.apply(&mut self.content, &core.clock)?;
                self.journal.push(operation);
            }
        }
        let goes_on = !ending.ends_request();
        let now = core.clock.now();
        let Some(kept) = &self.kept else { return self.plan_creation(core, now, goes_on) };
        let is_old = core.settings.regenerate_every.is_some_and(|every| now.since(kept.record.renewed_at) >= every);
        let may_renew = ending != Ending::Save && self.phase == Phase::Open && self.renewal.is_none();
        if is_old && may_renew && !self.is_late {
            // The token stays: forms that are open in the browser go on to work.
            self.renew(Renewal::Graceful, core)?;
        }
        if self.journal.is_empty() && self.renewal.is_none() && !self.lacks_login_client() {
            return Ok(self.plan_touch(core));
        }
        self.plan_save(core, now, ending)
    }

    /// The request is noted on the record, if that is due; nothing else is.
    fn plan_touch(&self, core: &Core) -> Option<Step> {
        let (Kept { record, .. }, now) = (self.kept.as_ref()?, core.clock.now());
        let is_due = core.lifetime().is_touch_due(record.active_at, now);
        let expires_at = core.lifetime().expires_at(record.created_at, now);
        if is_due { Some(Step::Touch(self.kept.clone()?, now, expires_at)) } else { None }
    }

    fn plan_creation(&mut self, core: &Core, now: Timestamp, goes_on: bool) -> Result<Option<Step>> {
        if self.content.is_empty(&core.clock) && self.user.is_none() {
            self.journal.clear();
            return Ok(None);
        }
        // The token comes with the first save: two pages that are rendered at once must not make two.
        if self.content.own.get(own::TOKEN, &core.clock).is_none() {
            self.make_token(core)?;
        }
        let id = self.id(core)?;
        let record = Record {
            created_at: now,
            active_at: now,
            expires_at: core.lifetime().expires_at(now, now),
            renewed_at: now,
            user: self.user.clone(),
            ..self.login_client()
        };
        Ok(Some(Step::Create(Draft { is_touched: true, ..self.draft(None, id, record, goes_on) })))
    }

    fn plan_save(&mut self, core: &Core, now: Timestamp, ending: Ending) -> Result<Option<Step>> {
        let Some(kept) = self.kept.clone() else { return Ok(None) };
        if self.lock.as_ref().is_some_and(|lock| lock.is_expired()) {
            return Err(Error::LockLost);
        }
        let is_touch_due = core.lifetime().is_touch_due(kept.record.active_at, now);
        let active_at = if is_touch_due { now } else { kept.record.active_at };
        let expires_at = core.lifetime().expires_at(kept.record.created_at, active_at);
        let renewed_at = if self.renewal.is_some() { now } else { kept.record.renewed_at };
        // A save in the middle of a request keeps the lock, any other gives it back. Somebody else's stays what it is.
        let keeps_lock = self.lock.is_none() || ending == Ending::Save;
        let lock = kept.record.lock.filter(|_| keeps_lock);
        let login_client = if self.has_logged_in { self.login_client() } else { kept.record.clone() };
        let (created_at, user) = (kept.record.created_at, self.user.clone());
        let record = Record { created_at, active_at, expires_at, renewed_at, lock, user, ..login_client };
        let id = self.id(core)?;
        let goes_on = !ending.ends_request();
        Ok(Some(Step::Save(Draft { is_touched: is_touch_due, ..self.draft(Some(kept), id, record, goes_on) })))
    }

    /// Whether the handler has saved a login itself, before it was known where it came from.
    fn lacks_login_client(&self) -> bool {
        let Some(Kept { record, .. }) = self.kept.as_ref().filter(|_| self.has_logged_in) else { return false };
        let login_client = self.login_client();
        (&record.address, &record.agent) != (&login_client.address, &login_client.agent)
    }

    /// Where a user's login came from.
    fn login_client(&self) -> Record {
        if self.user.is_none() {
            return Record::default();
        }
        Record { address: self.client.address.clone(), agent: self.client.agent.clone(), ..Record::default() }
    }

    fn draft(&mut self, kept: Option<Kept>, id: Id, record: Record, goes_on: bool) -> Draft {
        let content = if goes_on { self.content.clone() } else { std::mem::take(&mut self.content) };
        let journal = std::mem::take(&mut self.journal);
        // A session that is not kept yet is simply made under its new id.
        let renewal = self.renewal.take().filter(|_| kept.is_some());
        let owner = self.lock.as_ref().map(|lock| lock.owner());
        let (signs, generation) = (self.has_logged_in, self.generation);
        Draft {
            kept,
            id,
            content,
            journal,
            record,
            renewal,
            signs,
            owner,
            is_late: false,
            is_touched: false,
            goes_on,
            generation,
        }
    }
}
