//! The secret of a visitor whose session is not stored, for the CSRF token of forms.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use salon_core::{
    encryption::Signer,
    support::{Random, RandomError},
};

use super::Token;

const LENGTH: usize = 32;

/// 256 random bits in a cookie of their own. The token of the visitor's forms is their signature: who has only one of the
/// two, or makes up both, cannot send a form (the signed double-submit cookie of OWASP's CSRF cheat sheet).
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct FormSecret([u8; LENGTH]);

impl FormSecret {
    pub(crate) fn generate(random: &Random) -> Result<Self, RandomError> {
        let mut bytes = [0; LENGTH];
        random.fill(&mut bytes)?;
        #[cfg(test)]
        crate::tests::watch::note(&bytes);
        Ok(Self(bytes))
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; LENGTH];
        (URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) == Ok(LENGTH)).then_some(Self(bytes))
    }

    /// Returns the value of the cookie, 43 characters.
    pub(crate) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Returns the token that belongs to it.
    pub(crate) fn token(&self, signer: &Signer) -> Token {
        Token::from_bytes(signer.sign(&self.0))
    }

    /// True if a request sent the token that belongs to it, masked or plain, signed with any key of the app.
    pub(crate) fn token_matches(&self, signer: &Signer, sent: &str) -> bool {
        signer.signatures(&self.0).any(|signature| Token::from_bytes(signature).matches(sent))
    }
}

impl fmt::Debug for FormSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("FormSecret(..)")
    }
}
