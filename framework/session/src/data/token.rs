//! The CSRF token: a secret of the session that a form carries and another site cannot know.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use salon_core::support::{Random, RandomError};
use subtle::ConstantTimeEq;

const LENGTH: usize = 32;

/// 256 random bits. In a page the token is masked with a new pad each time, so that compressed responses never repeat
/// it (the BREACH attack).
#[derive(Clone)]
pub(crate) struct Token([u8; LENGTH]);

impl Token {
    pub(crate) fn generate(random: &Random) -> Result<Self, RandomError> {
        let mut bytes = [0; LENGTH];
        random.fill(&mut bytes)?;
        Ok(Self::from_bytes(bytes))
    }

    pub(super) fn from_bytes(bytes: [u8; LENGTH]) -> Self {
        #[cfg(test)]
        crate::tests::watch::note(&bytes);
        Self(bytes)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; LENGTH];
        (URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) == Ok(LENGTH)).then_some(Self(bytes))
    }

    /// Returns the token as 43 characters.
    pub(crate) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Returns 86 characters that differ each time: a pad, and the token masked with it.
    pub(crate) fn masked(&self, random: &Random) -> Result<String, RandomError> {
        let mut bytes = [0; 2 * LENGTH];
        let (pad, covered) = bytes.split_at_mut(LENGTH);
        random.fill(pad)?;
        for ((covered, pad), byte) in covered.iter_mut().zip(pad).zip(self.0) {
            *covered = *pad ^ byte;
        }
        #[cfg(test)]
        crate::tests::watch::note(&bytes);
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// True if a request sent this token, masked or plain. The comparison takes the same time for every wrong token.
    pub(crate) fn matches(&self, sent: &str) -> bool {
        let mut bytes = [0; 2 * LENGTH];
        let sent = match URL_SAFE_NO_PAD.decode_slice(sent, &mut bytes) {
            Ok(length) if length == bytes.len() => {
                let (pad, covered) = bytes.split_at_mut(LENGTH);
                covered.iter_mut().zip(pad).for_each(|(covered, pad)| *covered ^= *pad);
                &bytes[LENGTH..]
            }
            Ok(LENGTH) => &bytes[..LENGTH],
            _ => return false,
        };
        self.0.as_slice().ct_eq(sent).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sr_33_a_token_looks_different_in_every_rendering_and_always_matches() {
        let random = Random::system();
        let token = Token::generate(&random).unwrap();
        let (first, second) = (token.masked(&random).unwrap(), token.masked(&random).unwrap());
        assert_ne!(first, second);
        assert!(token.matches(&first) && token.matches(&second) && token.matches(&token.text()));
    }

    #[test]
    fn another_token_does_not_match() {
        let random = Random::system();
        let (token, other) = (Token::generate(&random).unwrap(), Token::generate(&random).unwrap());
        assert!(!token.matches(&other.text()));
        assert!(!token.matches(&other.masked(&random).unwrap()));
        for sent in ["", "x", &token.text()[..42], &format!("{}A", token.text()), &"A".repeat(86)] {
            assert!(!token.matches(sent), "{sent}");
        }
    }
}
