//! Methods for middleware, templates and tests of Salon. Not for apps.

use serde_json::{Map, Value};

use crate::{
    config::access::Access,
    data::{
        content::own,
        journal::{Change, Operation},
        json::encode,
    },
    error::Result,
    visit::session::Session,
};

impl Session {
    /// How this request uses the session. Call it before the start.
    #[doc(hidden)]
    pub fn set_access(&self, access: Access) {
        self.state().access = access;
    }

    /// Whether the handler read the session, so that its answer is this visitor's alone.
    #[doc(hidden)]
    #[must_use]
    pub fn was_read(&self) -> bool {
        self.state().was_read
    }

    /// Notes the page shown, if there is a session to note it on: a look at a page alone makes none.
    #[doc(hidden)]
    pub fn set_previous_url(&self, url: &str) -> Result<()> {
        let json = encode(own::PREVIOUS_URL, url)?;
        let mut state = self.state();
        let is_known =
            state.content.own.get(own::PREVIOUS_URL, &self.core().clock).is_some_and(|entry| entry.json == json);
        let has_session = state.kept.is_some() || !state.content.is_empty(&self.core().clock);
        // A request that is too late to save still shows its page.
        let is_late = state.lock.as_ref().is_some_and(|lock| lock.is_expired());
        if is_known || !has_session || is_late || state.ensure_open().is_err() {
            return Ok(());
        }
        state.apply(Operation::own(own::PREVIOUS_URL, Change::Put(json)), self.core())
    }

    /// Everything, for a template that may look at some of it: that alone does not count as showing a flash value.
    #[doc(hidden)]
    pub fn glance(&self) -> Map<String, Value> {
        let was_read = self.flash_was_read();
        let values = self.all();
        self.state().flash_was_read = was_read;
        values
    }

    /// The token under a fresh mask, as pages carry it: another text each time.
    #[doc(hidden)]
    pub fn masked_token(&self) -> Result<String> {
        let token = self.state().token(self.core())?;
        Ok(token.masked(&self.core().random)?)
    }

    /// Whether a request sent this session's token. A session without one accepts none.
    #[doc(hidden)]
    #[must_use]
    pub fn token_matches(&self, sent: &str) -> bool {
        let token = self.state().stored_token(self.core());
        token.is_some_and(|token| token.matches(sent))
    }
}
