//! Methods for the CSRF token.

use bytes::Bytes;

use crate::{
    data::{Change, FormSecret, Operation, Token, decode, encode, own},
    error::Result,
    visit::{
        core::Core,
        session::Session,
        state::{Lateness, Phase, Renewal, State},
    },
};

impl Session {
    /// Returns the CSRF token. If there is none, it is created.
    ///
    /// A session that is not stored need not be stored for it: the token is bound to the browser by a cookie of its own,
    /// until something is kept in the session. Without a key of the app, or in a session that was built by hand, the session
    /// is stored.
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
            (None, Phase::Absent) => Ok(Token::generate(&core.random)?),
            (None, phase) => match self.guest_token(core)? {
                Some(token) => Ok(token),
                None if phase == Phase::ReadOnly => Ok(Token::generate(&core.random)?),
                None => self.make_token(core),
            },
        }
    }

    /// Returns the token of a visitor whose session is not stored, if the response can still set its cookie.
    fn guest_token(&mut self, core: &Core) -> Result<Option<Token>> {
        // A request that is late for a login must set no cookie at all.
        let is_late = matches!(self.lifecycle.lateness, Lateness::Superseded(_));
        if is_late || self.identity.stored().is_some() || self.lifecycle.phase == Phase::Closed {
            return Ok(None);
        }
        self.guest_forms.as_mut().map_or(Ok(None), |forms| forms.token(core))
    }

    /// True if a request sent the token of the session, or of a visitor whose session is not stored.
    pub(super) fn token_matches(&mut self, sent: &str, core: &Core) -> bool {
        match (self.stored_token(core), self.guest_secret(), &core.form_signer) {
            (Some(token), ..) => token.matches(sent),
            (None, Some(secret), Some(signer)) => secret.token_matches(signer, sent),
            _ => false,
        }
    }

    fn guest_secret(&self) -> Option<&FormSecret> {
        let is_guest = self.identity.stored().is_none();
        self.guest_forms.as_ref().filter(|_| is_guest)?.secret()
    }

    /// True if there is a token that a request can carry.
    pub(super) fn has_token(&mut self, core: &Core) -> bool {
        self.stored_token(core).is_some() || self.guest_secret().is_some()
    }

    /// Gives a session that is about to be created its token: that of the forms which the visitor has open.
    pub(crate) fn make_first_token(&mut self, core: &Core) -> Result<()> {
        match (self.guest_secret(), &core.form_signer) {
            (Some(secret), Some(signer)) => {
                let token = secret.token(signer);
                self.set_token(&token, Change::Put, core)
            }
            _ => self.make_token(core).map(drop),
        }
    }

    pub(crate) fn make_token(&mut self, core: &Core) -> Result<Token> {
        let token = Token::generate(&core.random)?;
        self.set_token(&token, Change::Put, core)?;
        Ok(token)
    }

    /// Replaces the token that this request has loaded, if there is one.
    pub(super) fn renew_token(&mut self, renewal: Renewal, core: &Core) -> Result<()> {
        if let Some(forms) = &mut self.guest_forms {
            forms.forget();
        }
        let Some(old) = self.read_own(own::TOKEN, &core.clock) else { return Ok(()) };
        match renewal {
            // Parallel renewals join one id. The forms that the first of them has rendered carry its token, so it stays.
            Renewal::Graceful => {
                let token = Token::generate(&core.random)?;
                self.set_token(&token, |new| Change::Replace { old, new }, core)
            }
            Renewal::Immediate => self.make_token(core).map(drop),
        }
    }

    fn set_token(&mut self, token: &Token, change: impl FnOnce(Bytes) -> Change, core: &Core) -> Result<()> {
        let json = encode(own::TOKEN, &token.text())?;
        self.apply(Operation::own(own::TOKEN, change(json)), core)
    }
}
