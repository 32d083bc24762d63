//! A record on its way into the store.

use std::{num::NonZeroU64, time::Duration};

use salon_core::support::Timestamp;

use crate::{
    contract::{id::Id, record::Record},
    data::{
        content::Content,
        journal::{self, Operation},
    },
    error::Result,
    events::event::SessionEvent,
    visit::{
        cookie::CookieChange,
        core::Core,
        load::content,
        session_driver::SessionDriver,
        state::{Kept, Renewal, Retired, State},
    },
};

pub(super) struct Draft {
    /// The record that it replaces: the one loaded, or none.
    pub(super) kept: Option<Kept>,
    /// The id that it is to be kept under.
    pub(super) id: Id,
    pub(super) content: Content,
    pub(super) journal: Vec<Operation>,
    pub(super) record: Record,
    /// The new id that the session is to have, if any.
    pub(super) renewal: Option<Renewal>,
    /// Whether the record is to say where its user has logged in, for that was in this request.
    pub(super) signs: bool,
    /// Who has the session for itself, if this request does.
    pub(super) owner: Option<NonZeroU64>,
    /// Whether it came to a session that was renewed longer ago than the grace: the browser has the new id by now, and who else
    /// knew the old one is not told.
    pub(super) is_late: bool,
    /// Whether the request is written back as activity, and the cookie with it.
    pub(super) is_touched: bool,
    /// Whether the request goes on after the save and needs the content.
    pub(super) goes_on: bool,
    /// Which of the handle's sessions this is: it may end another while the store is busy.
    pub(super) generation: u64,
}

impl Draft {
    /// The record as the store is to hold it.
    pub(super) fn seal(&self, driver: &SessionDriver) -> Result<Record> {
        driver.fill(&self.id.digest(), &self.content, self.record.clone())
    }

    /// Whether nothing is left to save: it was only to be renewed, and a parallel request has done that and was noted, too.
    pub(super) fn is_in_store(&self, core: &Core, fresh: &Record) -> bool {
        let is_noted = !core.lifetime().is_touch_due(fresh.active_at, core.clock.now());
        self.journal.is_empty() && self.renewal.is_none() && self.owner.is_none() && !self.signs && is_noted
    }

    /// Replays the journal on what a parallel request has saved; whether there is still something to save it to.
    pub(super) fn rebase(&mut self, core: &Core, driver: &SessionDriver, id: &Id, fresh: &Record) -> bool {
        let digest = id.digest();
        let Some(mut content) = content(core, driver, &digest, fresh) else { return false };
        for error in journal::replay(&self.journal, &mut content, &core.clock) {
            core.events.emit(&SessionEvent::LeftOut { session: digest, reason: error.to_string() });
        }
        self.content = content;
        if self.renewal.is_none() {
            self.id = id.clone();
            self.record.renewed_at = fresh.renewed_at;
            // Nobody logs in or out without a new id, so the user is the one of the fresh record.
            self.record.user.clone_from(&fresh.user);
            if !self.signs {
                (self.record.address, self.record.agent) = (fresh.address.clone(), fresh.agent.clone());
            }
        }
        if self.owner.is_none() {
            self.record.lock = fresh.lock;
        }
        self.record.created_at = fresh.created_at;
        self.record.active_at = self.record.active_at.max(fresh.active_at);
        self.record.expires_at = core.lifetime().expires_at(fresh.created_at, self.record.active_at);
        self.kept = Some(Kept::new(id.clone(), fresh.clone()));
        true
    }
}

impl State {
    /// Notes that the draft is in the store.
    pub(super) fn apply_saved(&mut self, core: &Core, draft: Draft, id_is_new: bool) {
        if self.generation != draft.generation {
            // Ended while the store was busy: what it holds now has to go as well.
            self.retired.push(Retired { id: draft.id, lock: None });
            return;
        }
        let is_news = draft.is_touched || self.kept.as_ref().is_some_and(|kept| kept.id != draft.id);
        self.is_late = !id_is_new && (self.is_late || draft.is_late);
        if self.is_late {
            // Nor of the one that it came to first: that is obsolete by now.
            self.suppress_cookie();
        } else if id_is_new || is_news {
            self.set_cookie(core, &draft.id, draft.record.expires_at);
        }
        // Unless it was renewed once more while the store was busy.
        if self.renewal.is_none() {
            self.id = Some(draft.id.clone());
            self.user.clone_from(&draft.record.user);
        }
        if draft.goes_on {
            // What was written while the store was busy comes after what it holds now.
            let mut content =
                Content::open(&draft.content.encode(draft.record.version, &core.clock)).unwrap_or(draft.content);
            let _ = journal::replay(&self.journal, &mut content, &core.clock);
            self.content = content;
        } else {
            self.content = draft.content;
        }
        if let Some(lock) = &mut self.lock {
            if draft.record.lock.is_some() {
                lock.follow(draft.id.digest());
            } else {
                lock.forget();
                self.lock = None;
            }
        }
        self.kept = Some(Kept::new(draft.id, draft.record));
    }

    /// Takes back the content of a save that came to nothing, so that it can still be read.
    pub(super) fn give_up(&mut self, draft: Draft) {
        if self.generation == draft.generation && !draft.goes_on {
            self.content = draft.content;
        }
    }

    /// Takes back what a save that failed was to keep, so that it can be tried again.
    pub(super) fn take_back(&mut self, mut draft: Draft) {
        if self.generation != draft.generation {
            return;
        }
        let newer = std::mem::replace(&mut self.journal, std::mem::take(&mut draft.journal));
        self.journal.extend(newer);
        self.renewal = self.renewal.max(draft.renewal);
        self.give_up(draft);
    }

    /// Tells the browser of no id: the session ended while the request was under way, or has another one by now.
    pub(super) fn suppress_cookie(&mut self) {
        if matches!(self.cookie, Some(CookieChange::Set { .. })) {
            self.cookie = None;
        }
    }

    pub(crate) fn set_cookie(&mut self, core: &Core, id: &Id, expires_at: Timestamp) {
        // Whole seconds, as cookies count them; the store decides the moment.
        let left = expires_at.since(core.clock.now());
        let left = Duration::from_secs(left.as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX));
        let max_age = (!core.settings.cookie.expire_on_close).then_some(left);
        self.cookie = Some(CookieChange::Set { id: id.clone(), max_age });
    }
}
