//! The forms of a visitor whose session is not stored.

use crate::{
    data::{FormSecret, Token},
    error::Result,
    visit::{cookie::FormCookieChange, core::Core},
};

/// What a request knows of the forms of a visitor whose session is not stored. A cookie with a secret binds them to the
/// browser, so that a page with a form stores no session.
///
/// Who would miss this? A shop whose every page has a search form or a login form: each visit of a crawler would make a
/// record.
#[derive(Debug, Default)]
pub(crate) struct GuestForms {
    /// True if the browser has sent such a cookie, valid or not.
    is_sent: bool,
    /// True if this request has drawn the secret.
    is_drawn: bool,
    secret: Option<FormSecret>,
}

impl GuestForms {
    /// Receives a value of the cookie. If several differ, none of them is used: one may have been planted.
    pub(crate) fn receive(&mut self, value: &str) {
        let secret = FormSecret::parse(value);
        let is_another = self.is_sent && self.secret != secret;
        self.secret = secret.filter(|_| !is_another);
        self.is_sent = true;
    }

    /// Returns the secret.
    pub(crate) const fn secret(&self) -> Option<&FormSecret> {
        self.secret.as_ref()
    }

    /// Returns the token of forms. A visitor without a secret gets one.
    pub(crate) fn token(&mut self, core: &Core) -> Result<Option<Token>> {
        let Some(signer) = &core.form_signer else { return Ok(None) };
        let secret = match &self.secret {
            Some(secret) => secret,
            None => {
                self.is_drawn = true;
                self.secret.insert(FormSecret::generate(&core.random)?)
            }
        };
        Ok(Some(secret.token(signer)))
    }

    /// Forgets the secret: whoever knew it or a token before can use neither now.
    pub(crate) fn forget(&mut self) {
        self.secret = None;
    }

    /// Returns the change of the cookie that the browser must learn. A stored session has a token of its own.
    pub(crate) fn cookie_change(&self, is_stored: bool) -> Option<FormCookieChange> {
        match &self.secret {
            Some(secret) if !is_stored => self.is_drawn.then(|| FormCookieChange::Set(secret.clone())),
            _ => self.is_sent.then_some(FormCookieChange::Remove),
        }
    }
}
