//! Methods for the identity of a session: its id, its cookie, its user.

use std::sync::Arc;

use salon_core::support::Timestamp;

use crate::{
    contract::Id,
    data::own,
    error::{Error, Result},
    visit::{
        cookie::{CookieChange, FormCookieChange},
        core::Core,
        session::Session,
        state::{Renewal, State, Stored},
    },
};

impl Session {
    /// Returns the id of the session: the one that it has, or the one that it gets with its next save.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert_eq!(session.id()?.expose().len(), 43);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the session is not started, or if there are no random bytes.
    pub fn id(&self) -> Result<Id> {
        let mut state = self.state();
        state.reads.session = true;
        state.lifecycle.ensure_started()?;
        state.identity.id(self.core())
    }

    /// Returns the name of the session's cookie.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert_eq!(session.name(), "session");
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        self.core().settings.cookie.name()
    }

    /// Returns the value for the session's cookie, for code that saves a session itself: with the driver `cookie` the
    /// sealed session, with every other driver its id. Returns `None` if nothing is stored. Anyone who has it has the
    /// session.
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
    /// Returns an error if there are no random bytes to seal it with.
    pub fn cookie_value(&self) -> Result<Option<String>> {
        let id = self.state().identity.stored().map(|stored| stored.id.clone());
        id.map_or(Ok(None), |id| self.cookie_value_of(&id))
    }

    /// Returns the value for the cookie of a session, if this request's store has it.
    pub(crate) fn cookie_value_of(&self, id: &Id) -> Result<Option<String>> {
        self.0.driver.carrier().cookie_value(id)
    }

    /// Returns the name of the driver that stores it.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert_eq!(session.driver_name(), "memory");
    /// ```
    #[must_use]
    pub fn driver_name(&self) -> &str {
        self.0.driver.name()
    }

    /// Returns when the session was created, or `None` if it is not stored yet.
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
        state.reads.session = true;
        state.identity.stored().map(|stored| stored.record.created_at)
    }

    /// Returns when the session expires if no further request comes. For a session that is not stored yet, this is
    /// computed as if it were stored now.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # let (session, clock) = salon_session::doc_support::session_and_clock();
    /// assert_eq!(session.expires_at().since(clock.now()), Duration::from_secs(120 * 60));
    /// ```
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        let (core, mut state) = (self.core(), self.state());
        let (now, lifetime) = (core.clock.now(), core.lifetime(state.identity.user.as_deref()));
        state.reads.session = true;
        match state.identity.stored() {
            None => lifetime.expires_at(now, now),
            Some(Stored { record, .. }) => {
                // This request counts as soon as activity is written back again.
                let active_at = if lifetime.is_touch_due(record.active_at, now) { now } else { record.active_at };
                lifetime.expires_at(record.created_at, active_at)
            }
        }
    }

    /// Gives the session a new id and a new token, and keeps the data. The old id forwards to the new one for
    /// `regenerate_grace` seconds, so that parallel requests of the page are not logged out.
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
    /// Returns an error if the session is not open, or if there are no random bytes.
    pub fn regenerate(&self) -> Result<()> {
        self.state().renew_with_token(Renewal::Graceful, self.core())
    }

    /// Ends the session, and continues with a new one: new id, new token, no data, no user. What is written afterwards,
    /// such as a flash message, belongs to the new session.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put("name", "Ada")?;
    /// session.invalidate()?;
    /// assert!(session.all().is_empty());
    /// session.flash("success", "Your data was deleted.")?;
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the session is not open.
    pub fn invalidate(&self) -> Result<()> {
        self.state().retire()
    }

    /// Logs a user in. The id and the token are new, so that nobody who knew them before can use them now. The data
    /// stays.
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
    /// Returns an error if the user is empty, if the session is not open, or if there are no random bytes.
    pub fn login(&self, user: impl Into<Arc<str>>) -> Result<()> {
        let user = user.into();
        if user.trim().is_empty() {
            return Err(Error::EmptyUser);
        }
        let mut state = self.state();
        state.renew_with_token(Renewal::Immediate, self.core())?;
        state.identity.user = Some(user);
        state.identity.has_logged_in = true;
        Ok(())
    }

    /// Logs the user out. The whole session ends, as with [`invalidate`](Self::invalidate), so that a page for the next
    /// visitor at this browser does not show what the user left.
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
    /// Returns an error if the session is not open.
    pub fn logout(&self) -> Result<()> {
        self.invalidate()
    }

    /// Returns the user who is logged in.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert_eq!(session.user(), None);
    /// ```
    #[must_use]
    pub fn user(&self) -> Option<Arc<str>> {
        let mut state = self.state();
        state.reads.session = true;
        state.identity.user.clone()
    }

    /// Returns the page that this visitor saw last, as a path with its query.
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

    /// Returns the change of the cookie for forms that the browser must learn, if any. Call it after the last commit.
    pub(crate) fn form_cookie_change(&self) -> Option<FormCookieChange> {
        let state = self.state();
        state.guest_forms.as_ref()?.cookie_change(state.identity.stored().is_some())
    }

    /// Takes the change of the cookie that the browser must learn, if any. Call it once, after the last commit.
    pub(crate) fn take_cookie_change(&self) -> Option<CookieChange> {
        self.state().lifecycle.cookie.take()
    }
}

impl State {
    fn renew_with_token(&mut self, renewal: Renewal, core: &Core) -> Result<()> {
        self.renew(renewal, core)?;
        // A session without a token gets one with its first save, and a new id alone is no reason to save.
        self.renew_token(renewal, core)
    }
}
