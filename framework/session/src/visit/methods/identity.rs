//! Who the session is, and whose.

use std::sync::Arc;

use salon_core::support::Timestamp;

use crate::{
    contract::id::Id,
    data::content::own,
    error::Result,
    visit::{
        cookie::CookieChange,
        core::Core,
        session::Session,
        state::{Kept, Phase, Renewal, State},
    },
};

impl Session {
    /// The session's id: the one that it has, or the one that it will have if there is something to keep.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert_eq!(session.id()?.expose().len(), 43);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// The session is not started; there are no random bytes.
    pub fn id(&self) -> Result<Id> {
        let mut state = self.state();
        state.was_read = true;
        state.id(self.core())
    }

    /// The name of the session's cookie.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert_eq!(session.name(), "session");
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        &self.core().settings.cookie.name
    }

    /// What the session's cookie is to hold, for who saves a session by hand: the session itself, sealed, with the driver
    /// `cookie`, and with every other one its id. `None` if nothing is kept. Whoever has it, has the session.
    ///
    /// ```
    /// # salon_session::doc_support::block_on(async {
    /// # let session = salon_session::doc_support::session();
    /// assert_eq!(session.cookie_value()?, None);
    /// session.put("name", "Ada")?;
    /// session.save().await?;
    /// assert_eq!(session.cookie_value()?, Some(session.id()?.expose()));
    /// # Ok::<(), salon_session::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// There are no random bytes to seal it with.
    pub fn cookie_value(&self) -> Result<Option<String>> {
        let kept = self.state().kept.as_ref().map(|kept| kept.id.clone());
        kept.map_or(Ok(None), |id| self.cookie_value_of(&id))
    }

    /// What the cookie of a session is to hold, if this request's store has it.
    pub(crate) fn cookie_value_of(&self, id: &Id) -> Result<Option<String>> {
        self.0.driver.carrier().cookie_value(id)
    }

    /// The name of the driver that keeps it.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert_eq!(session.driver(), "memory");
    /// ```
    #[must_use]
    pub fn driver(&self) -> &str {
        self.0.driver.name()
    }

    /// When the session began; `None` if it is not kept yet.
    ///
    /// ```
    /// # salon_session::doc_support::block_on(async {
    /// # let session = salon_session::doc_support::session();
    /// assert_eq!(session.created_at(), None);
    /// session.put("name", "Ada")?;
    /// session.save().await?;
    /// assert!(session.created_at().is_some());
    /// # Ok::<(), salon_session::Error>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn created_at(&self) -> Option<Timestamp> {
        let mut state = self.state();
        state.was_read = true;
        state.kept.as_ref().map(|kept| kept.record.created_at)
    }

    /// When the session ends if no request comes any more; one that is not kept yet, as if it were kept now.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # let (session, clock) = salon_session::doc_support::session_and_clock();
    /// assert_eq!(session.expires_at().since(clock.now()), Duration::from_secs(120 * 60));
    /// ```
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        let (now, lifetime) = (self.core().clock.now(), self.core().lifetime());
        let mut state = self.state();
        state.was_read = true;
        match &state.kept {
            None => lifetime.expires_at(now, now),
            Some(Kept { record, .. }) => {
                // This request counts as soon as activity is written back again.
                let active_at = if lifetime.is_touch_due(record.active_at, now) { now } else { record.active_at };
                lifetime.expires_at(record.created_at, active_at)
            }
        }
    }

    /// Gives the session a new id and token; the data stays. The old id leads to the new one for `regenerate_grace`
    /// seconds, so that parallel requests of the page are not logged out.
    ///
    /// ```
    /// # salon_session::doc_support::block_on(async {
    /// # let session = salon_session::doc_support::session();
    /// session.put("name", "Ada")?;
    /// let old = session.id()?;
    /// session.regenerate()?;
    /// assert_ne!(session.id()?, old);
    /// assert!(session.has("name"));
    /// # Ok::<(), salon_session::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// The session is not started, or closed; there are no random bytes.
    pub fn regenerate(&self) -> Result<()> {
        self.state().renew_with_token(Renewal::Graceful, self.core())
    }

    /// Ends the session and leaves a fresh one: new id, new token, no data, nobody logged in.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put("name", "Ada")?;
    /// session.invalidate()?;
    /// assert!(session.all().is_empty());
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// The session is not started, or closed.
    pub fn invalidate(&self) -> Result<()> {
        self.state().retire()
    }

    /// Ends the session, and leaves none: later writes of this request are an error.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put("name", "Ada")?;
    /// session.destroy()?;
    /// assert!(session.missing("name"));
    /// assert!(session.put("name", "Grace").is_err());
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// The session is not started, or closed.
    pub fn destroy(&self) -> Result<()> {
        let mut state = self.state();
        state.retire()?;
        state.phase = Phase::Closed;
        Ok(())
    }

    /// Logs a user in: the id and the token are new, so that nobody who knew them before enters with them now. The data stays.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put("cart", ["apple"])?;
    /// session.login("42")?;
    /// assert_eq!(session.user().as_deref(), Some("42"));
    /// assert!(session.has("cart"));
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// The session is not started, or closed; there are no random bytes.
    pub fn login(&self, user: impl Into<Arc<str>>) -> Result<()> {
        let mut state = self.state();
        state.renew_with_token(Renewal::Immediate, self.core())?;
        state.user = Some(user.into());
        state.has_logged_in = true;
        Ok(())
    }

    /// Logs the user out: the session ends, as with [`invalidate`](Self::invalidate), and a fresh one takes its place.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.login("42")?;
    /// session.logout()?;
    /// assert_eq!(session.user(), None);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// The session is not started, or closed.
    pub fn logout(&self) -> Result<()> {
        self.invalidate()
    }

    /// Who is logged in.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert_eq!(session.user(), None);
    /// ```
    #[must_use]
    pub fn user(&self) -> Option<Arc<str>> {
        let mut state = self.state();
        state.was_read = true;
        state.user.clone()
    }

    /// The page that this visitor saw last, as a path with its query.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert_eq!(session.previous_url(), None);
    /// ```
    #[must_use]
    pub fn previous_url(&self) -> Option<String> {
        let url = self.state().read_own(own::PREVIOUS_URL, &self.core().clock)?;
        serde_json::from_slice(&url).ok()
    }

    /// The change of the cookie that the browser must hear of, if any. Asked once, after the last commit.
    pub(crate) fn take_cookie_change(&self) -> Option<CookieChange> {
        self.state().cookie.take()
    }
}

impl State {
    fn renew_with_token(&mut self, renewal: Renewal, core: &Core) -> Result<()> {
        self.renew(renewal, core)?;
        // A session without a token gets one with its first save; a new id alone is nothing to keep.
        if self.stored_token(core).is_some() {
            self.make_token(core)?;
        }
        Ok(())
    }
}
