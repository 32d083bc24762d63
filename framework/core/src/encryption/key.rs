//! A 256-bit key.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::hkdf::{HKDF_SHA256, Prk, Salt};

use super::EncryptionError;
use crate::support::{Random, RandomError};

const PREFIX: &str = "base64:";

/// Fewer distinct bytes than 32 random ones ever have.
const TOO_FEW: usize = 8;

/// A secret 256-bit key. `Debug` hides it, and it has no `Display`.
///
/// ```
/// use salon_core::{encryption::Key, support::Random};
///
/// let key = Key::generate(&Random::system())?;
/// let text = key.to_config_text();
/// assert!(text.starts_with("base64:"));
/// assert_eq!(Key::parse(&text)?.to_config_text(), text);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Key([u8; 32]);

impl Key {
    /// Generates a new key.
    ///
    /// # Errors
    /// Returns an error if the operating system provides no random bytes.
    pub fn generate(random: &Random) -> Result<Self, RandomError> {
        let mut bytes = [0; 32];
        random.fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Parses a key from its text form, `base64:` followed by standard base64.
    ///
    /// # Errors
    /// Returns an error if the text is empty, does not have that form, or does not contain 32 bytes that look random.
    pub fn parse(text: &str) -> Result<Self, EncryptionError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(EncryptionError::EmptyKey);
        }
        let encoded = text.strip_prefix(PREFIX).ok_or(EncryptionError::MalformedKey)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| EncryptionError::MalformedKey)?;
        let length = bytes.len();
        let bytes = <[u8; 32]>::try_from(bytes).map_err(|_| EncryptionError::KeyLength { length })?;
        if is_weak(&bytes) { Err(EncryptionError::WeakKey) } else { Ok(Self(bytes)) }
    }

    /// Returns the text form, for `.env`. It is the secret itself: do not write it anywhere else.
    #[must_use]
    pub fn to_config_text(&self) -> String {
        let mut text = PREFIX.to_owned();
        STANDARD.encode_string(self.0, &mut text);
        text
    }

    /// Returns the root from which the keys for all purposes are derived, with HKDF-SHA256 (RFC 5869).
    pub(super) fn root(&self) -> Prk {
        Salt::new(HKDF_SHA256, b"salon encryption 1").extract(&self.0)
    }

    #[cfg(test)]
    pub(super) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// True if the bytes were probably not random. Random ones look like this less than once in 10^13 times.
fn is_weak(bytes: &[u8; 32]) -> bool {
    let mut sorted = *bytes;
    sorted.sort_unstable();
    let different = 1 + sorted.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let counts_up = bytes.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1));
    let is_text = bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
    different < TOO_FEW || counts_up || is_text
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        format!("base64:{}", STANDARD.encode(bytes))
    }

    #[test]
    fn a_key_survives_its_text_form() {
        let key = Key::generate(&Random::system()).unwrap();
        let read = Key::parse(&format!(" {}\n", key.to_config_text())).unwrap();
        assert_eq!(read.as_bytes(), key.as_bytes());
    }

    #[test]
    fn two_keys_differ_and_no_randomness_is_no_key() {
        let random = Random::system();
        assert_ne!(Key::generate(&random).unwrap().as_bytes(), Key::generate(&random).unwrap().as_bytes());
        assert!(Key::generate(&Random::broken()).is_err());
    }

    #[test]
    fn a_text_that_is_no_key_is_refused_with_the_reason() {
        let random: Vec<u8> = (0..40u8).map(|byte| byte.wrapping_mul(37)).collect();
        assert!(Key::parse(&text(&random[..32])).is_ok());
        assert!(matches!(Key::parse("  "), Err(EncryptionError::EmptyKey)));
        assert!(matches!(Key::parse(&STANDARD.encode(&random[..32])), Err(EncryptionError::MalformedKey)));
        assert!(matches!(Key::parse("base64:!"), Err(EncryptionError::MalformedKey)));
        assert!(matches!(Key::parse(&text(&random[..16])), Err(EncryptionError::KeyLength { length: 16 })));
        assert!(matches!(Key::parse(&text(&random)), Err(EncryptionError::KeyLength { length: 40 })));
    }

    #[test]
    fn a_key_that_can_be_guessed_is_refused() {
        let counting: Vec<u8> = (0..32).collect();
        let examples: [&[u8]; 4] = [&[7; 32], &counting, b"a text that has thirty-two bytes", &[1, 2, 3, 4].repeat(8)];
        for example in examples {
            assert!(matches!(Key::parse(&text(example)), Err(EncryptionError::WeakKey)), "{example:?}");
        }
    }

    #[test]
    fn its_debug_output_shows_nothing() {
        assert_eq!(format!("{:?}", Key::generate(&Random::system()).unwrap()), "Key(..)");
    }
}
