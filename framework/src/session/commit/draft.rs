//! A record on its way into the store.

use super::super::{
    content::Content,
    cookie::CookieChange,
    core::Core,
    error::{Error, Result},
    events,
    id::Id,
    journal::{self, Operation},
    load::content,
    record::Record,
    state::{Kept, State},
};
use crate::support::Timestamp;

pub(super) struct Draft {
    /// The record that it replaces: the one loaded, or none.
    pub(super) kept: Option<Kept>,
    /// The id that it is to be kept under.
    pub(super) id: Id,
    pub(super) content: Content,
    pub(super) journal: Vec<Operation>,
    pub(super) record: Record,
    /// Whether the request goes on after the save and needs the content.
    pub(super) goes_on: bool,
}

impl Draft {
    /// The record as the store is to hold it.
    pub(super) fn seal(&self, core: &Core) -> Result<Record> {
        let payload = core.payload(&self.id.digest(), &self.content, self.record.version)?;
        Ok(Record { payload, ..self.record.clone() })
    }

    /// Replays the journal on what a parallel request has saved; whether there is still something to save it to.
    pub(super) fn rebase(&mut self, core: &Core, id: &Id, fresh: &Record, renewing: bool) -> bool {
        let digest = id.digest();
        let Some(mut content) = content(core, &digest, fresh) else { return false };
        for error in journal::replay(&self.journal, &mut content, &core.clock) {
            events::left_out(&digest, &error);
        }
        self.content = content;
        if !renewing {
            self.id = id.clone();
            // Nobody logs in or out without a new id, so the user is the one of the fresh record.
            (self.record.user, self.record.address, self.record.agent) =
                (fresh.user.clone(), fresh.address.clone(), fresh.agent.clone());
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
    pub(super) fn settle(&mut self, core: &Core, draft: Draft, id_is_new: bool) {
        let was_touched = draft.kept.as_ref().is_none_or(|kept| kept.record.active_at != draft.record.active_at);
        if id_is_new || was_touched || self.kept.as_ref().is_some_and(|kept| kept.id != draft.id) {
            self.set_cookie(core, &draft.id, draft.record.expires_at);
        }
        self.renewal = None;
        self.id = Some(draft.id.clone());
        self.user.clone_from(&draft.record.user);
        if draft.goes_on {
            // What was written while the store was busy comes after what it holds now.
            let mut content = Content::open(&draft.content.encode(draft.record.version)).unwrap_or(draft.content);
            let _ = journal::replay(&self.journal, &mut content, &core.clock);
            self.content = content;
        }
        self.kept = Some(Kept::new(draft.id, draft.record));
    }

    /// Puts the journal back after a save that failed, so that it can be tried again.
    pub(super) fn take_back(&mut self, draft: Draft, error: Error) -> Error {
        let newer = std::mem::replace(&mut self.journal, draft.journal);
        self.journal.extend(newer);
        error
    }

    pub(crate) fn set_cookie(&mut self, core: &Core, id: &Id, expires_at: Timestamp) {
        let max_age = (!core.settings.cookie.expire_on_close).then(|| expires_at.since(core.clock.now()));
        self.cookie = Some(CookieChange::Set { id: id.clone(), max_age });
    }
}
