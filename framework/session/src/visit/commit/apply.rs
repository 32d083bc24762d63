//! Applies a commit that succeeded to the state.

use salon_core::support::Timestamp;

use super::draft::{Draft, Notice};
use crate::{
    data::{Content, journal},
    visit::{
        core::Core,
        session::Session,
        state::{Lateness, Renewal, Retired, State, Stored},
    },
};

/// Applies a draft that the store has saved.
pub(super) fn apply_saved(session: &Session, draft: Box<Draft>, id_is_new: bool) {
    let core = session.core();
    let mut state = session.state();
    let (mut content, mut replayed) = (None, 0);
    // What was written while the store was busy comes on top of what the store holds now. It is replayed without the
    // lock, because the function of an `update` may read the session, and again if more was written meanwhile.
    loop {
        let later = state.data.journal.get(draft.journal..).unwrap_or_default();
        if later.len() == replayed && (content.is_some() || !draft.is_merged) {
            break;
        }
        let later = later.to_vec();
        drop(state);
        replayed = later.len();
        let mut fresh = Content::open(&draft.payload).unwrap_or_default();
        journal::replay(&later, &mut fresh, &core.clock);
        content = Some(fresh);
        state = session.state();
    }
    state.apply_saved(core, draft, content, id_is_new);
}

impl State {
    fn apply_saved(&mut self, core: &Core, draft: Box<Draft>, content: Option<Content>, id_is_new: bool) {
        if self.lifecycle.generation != draft.generation {
            // The handler ended the session while the store was busy: what the store holds now must end as well.
            self.lifecycle.retired.push(Retired { id: draft.id, lock: None });
            return;
        }
        self.note_lateness(draft.notice, id_is_new);
        if id_is_new && draft.renewal != Some(Renewal::Graceful) {
            self.lifecycle.own_id = Some(draft.id.clone());
        }
        let is_other_id = self.identity.stored().is_some_and(|stored| stored.id != draft.id);
        if self.lifecycle.lateness == Lateness::AfterGrace {
            // Not even the id from before, which is obsolete by now.
            self.lifecycle.suppress_cookie();
        } else if id_is_new || is_other_id || draft.notice == Notice::Always {
            self.lifecycle.set_cookie(core, &draft.id, draft.record.expires_at);
        }
        if let Some(lock) = &mut self.lifecycle.lock {
            if draft.record.lock.is_some() {
                lock.follow(draft.id.digest());
            } else {
                lock.forget();
                self.lifecycle.lock = None;
            }
        }
        self.data.note_saved(draft.journal, draft.record.version, content);
        self.identity.note_saved(&draft.planned, Stored::new(draft.id, draft.record));
    }

    const fn note_lateness(&mut self, notice: Notice, id_is_new: bool) {
        match (self.lifecycle.lateness, notice) {
            (Lateness::AfterGrace, _) if id_is_new => self.lifecycle.lateness = Lateness::OnTime,
            (Lateness::OnTime, Notice::Never) if !id_is_new => self.lifecycle.lateness = Lateness::AfterGrace,
            _ => {}
        }
    }

    /// Applies that the store keeps nothing: the changes live as long as the request.
    pub(super) fn apply_discarded(&mut self, draft: &Draft) {
        if self.lifecycle.generation == draft.generation {
            self.data.journal.drain(..draft.journal);
        }
    }

    /// Applies that the store has recorded the request.
    pub(super) fn apply_touched(&mut self, core: &Core, active_at: Timestamp, expires_at: Timestamp) {
        let Some(stored) = self.identity.stored_mut() else { return };
        (stored.record.active_at, stored.record.expires_at) = (active_at, expires_at);
        self.refresh_cookie(core);
    }

    /// Sends the cookie of the stored session again.
    pub(super) fn refresh_cookie(&mut self, core: &Core) {
        let Some(Stored { id, record }) = self.identity.stored() else { return };
        if self.lifecycle.lateness != Lateness::AfterGrace {
            let (id, expires_at) = (id.clone(), record.expires_at);
            self.lifecycle.set_cookie(core, &id, expires_at);
        }
    }
}
