//! Methods for the CSRF token.

use bytes::Bytes;

use crate::{
    data::{Change, Operation, Token, decode, encode, own},
    error::Result,
    visit::{
        core::Core,
        session::Session,
        state::{Phase, Renewal, State},
    },
};

impl Session {
    /// Returns the CSRF token. If there is none, it is created, and the session is stored for it, because the form that
    /// carries the token will need it.
    ///
    /// In a page use the template's `csrf_field()`, which masks it.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert_eq!(session.token()?, session.token()?);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the session is not started, if it was closed before it had a token, or if there are no
    /// random bytes.
    pub fn token(&self) -> Result<String> {
        Ok(self.state().token(self.core())?.text())
    }

    /// Creates a new token. The old one is worthless from now on.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// let old = session.token()?;
    /// session.regenerate_token()?;
    /// assert_ne!(session.token()?, old);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the session is not open, or if there are no random bytes.
    pub fn regenerate_token(&self) -> Result<()> {
        self.state().make_token(self.core()).map(drop)
    }
}

impl State {
    pub(super) fn stored_token(&mut self, core: &Core) -> Option<Token> {
        let json = self.read_own(own::TOKEN, &core.clock)?;
        let text: String = decode(own::TOKEN, &json).ok()??;
        Token::parse(&text)
    }

    pub(crate) fn token(&mut self, core: &Core) -> Result<Token> {
        self.lifecycle.ensure_started()?;
        match (self.stored_token(core), self.lifecycle.phase) {
            (Some(token), _) => Ok(token),
            // No request will be accepted with this token, but it lets a page with a form be shown: to a guest of a
            // route that only reads, and while the store is unavailable.
            (None, Phase::Absent | Phase::ReadOnly) => Ok(Token::generate(&core.random)?),
            (None, _) => self.make_token(core),
        }
    }

    pub(crate) fn make_token(&mut self, core: &Core) -> Result<Token> {
        self.set_token(Change::Put, core)
    }

    /// Replaces the token that this request has loaded, if there is one.
    pub(super) fn renew_token(&mut self, renewal: Renewal, core: &Core) -> Result<()> {
        let Some(old) = self.read_own(own::TOKEN, &core.clock) else { return Ok(()) };
        match renewal {
            // Parallel renewals join one id. The forms that the first of them has rendered carry its token, so it stays.
            Renewal::Graceful => self.set_token(|new| Change::Replace { old, new }, core),
            Renewal::Immediate => self.make_token(core),
        }
        .map(drop)
    }

    fn set_token(&mut self, change: impl FnOnce(Bytes) -> Change, core: &Core) -> Result<Token> {
        let token = Token::generate(&core.random)?;
        let json = encode(own::TOKEN, &token.text())?;
        self.apply(Operation::own(own::TOKEN, change(json)), core)?;
        Ok(token)
    }
}
