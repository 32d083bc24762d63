//! Signing: a proof that this app has seen data before, without hiding the data.

use std::fmt;

use ring::{error::Unspecified, hmac};

use super::{EncryptionError, Key};

/// Signs data for one purpose, with HMAC-SHA256 (RFC 2104). HKDF-SHA256 derives the key for the purpose from the app's key.
///
/// ```
/// use salon_core::{encryption::{Key, KeyRing}, support::Random};
///
/// let random = Random::system();
/// let ring = KeyRing::new(Key::generate(&random)?, Vec::new(), random);
/// let signer = ring.signer("links")?;
/// let signature = signer.sign(b"/unsubscribe?user=42");
/// assert!(signer.signatures(b"/unsubscribe?user=42").any(|valid| valid == signature));
/// assert!(!signer.signatures(b"/unsubscribe?user=43").any(|valid| valid == signature));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Signer {
    current: hmac::Key,
    previous: Vec<hmac::Key>,
}

impl Signer {
    /// The number of bytes of a signature.
    pub const LENGTH: usize = 32;

    pub(super) fn new(purpose: &str, current: &Key, previous: &[Key]) -> Result<Self, EncryptionError> {
        let derive = |key| derive(key, purpose).map_err(|_| EncryptionError::Derivation);
        Ok(Self { current: derive(current)?, previous: previous.iter().map(derive).collect::<Result<_, _>>()? })
    }

    /// Signs data with the current key. The same data always has the same signature.
    #[must_use]
    pub fn sign(&self, data: &[u8]) -> [u8; Self::LENGTH] {
        signature(&self.current, data)
    }

    /// Returns every signature of this data that is valid: that of the current key, and those of the earlier ones. Compare
    /// them in constant time.
    pub fn signatures(&self, data: &[u8]) -> impl Iterator<Item = [u8; Self::LENGTH]> {
        std::iter::once(&self.current).chain(&self.previous).map(move |key| signature(key, data))
    }
}

fn derive(key: &Key, purpose: &str) -> Result<hmac::Key, Unspecified> {
    Ok(key.root().expand(&[b"sign ", purpose.as_bytes()], hmac::HMAC_SHA256)?.into())
}

fn signature(key: &hmac::Key, data: &[u8]) -> [u8; Signer::LENGTH] {
    let mut signature = [0; Signer::LENGTH];
    signature.copy_from_slice(hmac::sign(key, data).as_ref());
    signature
}

impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Signer").field("previous", &self.previous.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::Random;

    fn key() -> Key {
        Key::generate(&Random::system()).unwrap()
    }

    #[test]
    fn a_signature_is_valid_for_its_data_purpose_and_key_alone() {
        let (key, other) = (key(), key());
        let signer = Signer::new("links", &key, &[]).unwrap();
        let signature = signer.sign(b"text");
        assert_eq!(signer.sign(b"text"), signature);
        assert_ne!(signer.sign(b"texts"), signature);
        assert_ne!(Signer::new("forms", &key, &[]).unwrap().sign(b"text"), signature);
        assert_ne!(Signer::new("links", &other, &[]).unwrap().sign(b"text"), signature);
    }

    #[test]
    fn after_a_rotation_signatures_of_the_previous_key_are_still_valid() {
        let (old, new) = (key(), key());
        let signature = Signer::new("links", &old, &[]).unwrap().sign(b"text");
        let rotated = Signer::new("links", &new, &[old]).unwrap();
        assert!(rotated.signatures(b"text").any(|valid| valid == signature));
        assert_ne!(rotated.sign(b"text"), signature, "the current key signs");
    }

    #[test]
    fn its_debug_output_shows_no_key() {
        assert_eq!(format!("{:?}", Signer::new("links", &key(), &[]).unwrap()), "Signer { previous: 0, .. }");
    }
}
