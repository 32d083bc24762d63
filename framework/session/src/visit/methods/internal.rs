//! Methods for middleware, templates and tests of Salon. They are not for apps.

use serde_json::{Map, Value};

use crate::{
    config::Access,
    data::{Change, Operation, encode, own},
    error::Result,
    visit::session::Session,
};

impl Session {
    /// Sets how this request uses its session. Call it before the start.
    #[doc(hidden)]
    pub fn set_access(&self, access: Access) {
        self.state().lifecycle.access = access;
    }

    /// True if the handler read the session, so that the response belongs to this visitor alone.
    #[doc(hidden)]
    #[must_use]
    pub fn was_read(&self) -> bool {
        self.state().reads.session
    }

    /// Remembers the page that was shown, if there is a session to remember it in. Looking at a page alone creates
    /// none.
    #[doc(hidden)]
    pub fn set_previous_url(&self, url: &str) -> Result<()> {
        let clock = &self.core().clock;
        let mut state = self.state();
        let has_session = state.identity.stored().is_some() || !state.data.content.is_empty(clock);
        // A request that is too late to save still shows its page.
        let may_save = state.lifecycle.ensure_open().is_ok() && !state.lifecycle.has_lost_lock();
        if !has_session || !may_save {
            return Ok(());
        }
        let json = encode(own::PREVIOUS_URL, url)?;
        if state.data.content.own.get(own::PREVIOUS_URL, clock).is_some_and(|entry| entry.json == json) {
            return Ok(());
        }
        state.apply(Operation::own(own::PREVIOUS_URL, Change::Put(json)), self.core())
    }

    /// Returns everything, for a template that may use some of it. This alone does not count as showing a flash value.
    #[doc(hidden)]
    pub fn all_without_marking_read(&self) -> Map<String, Value> {
        let was_read = self.flash_was_read();
        let values = self.all();
        self.state().reads.flash = was_read;
        values
    }

    /// True if there is a token, so that a request can carry it.
    #[doc(hidden)]
    #[must_use]
    pub fn has_token(&self) -> bool {
        self.state().has_token(self.core())
    }

    /// True if a request sent the right token, masked or plain. Without a token, none is right.
    #[doc(hidden)]
    #[must_use]
    pub fn token_matches(&self, sent: &str) -> bool {
        self.state().token_matches(sent, self.core())
    }
}
