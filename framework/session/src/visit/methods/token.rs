//! The CSRF token.

use crate::{
    data::{
        content::own,
        journal::{Change, Operation, decode},
        json::encode,
        token::Token,
    },
    error::Result,
    visit::{
        core::Core,
        session::Session,
        state::{Phase, State},
    },
};

impl Session {
    /// The CSRF token. Asking for it means that there is something to keep, so it makes a session.
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
    /// The session is not started, or closed before there was a token; there are no random bytes.
    pub fn token(&self) -> Result<String> {
        Ok(self.state().token(self.core())?.text())
    }

    /// Makes a new token; the old one is worth nothing from now on.
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
    /// The session is not started, or closed; there are no random bytes.
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

    pub(super) fn token(&mut self, core: &Core) -> Result<Token> {
        self.ensure_started()?;
        match self.stored_token(core) {
            Some(token) => Ok(token),
            // Nobody will accept it; but a page that has a form can be read.
            None if self.phase == Phase::Absent => Ok(Token::generate(&core.random)?),
            None => self.make_token(core),
        }
    }

    pub(crate) fn make_token(&mut self, core: &Core) -> Result<Token> {
        let token = Token::generate(&core.random)?;
        let json = encode(own::TOKEN, &token.text())?;
        self.apply(Operation::own(own::TOKEN, Change::Put(json)), core)?;
        Ok(token)
    }
}
