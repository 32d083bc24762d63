//! The keys of an app: the current one, and earlier ones.

use std::fmt;

use super::{EncryptionError, Key, Sealer, Signer};
use crate::{config::Secret, support::Random};

/// The keys of an app: one that seals, and earlier ones that can still open.
///
/// ```
/// use salon_core::{encryption::{Key, KeyRing}, support::Random};
///
/// let random = Random::system();
/// let (old, new) = (Key::generate(&random)?, Key::generate(&random)?);
/// let sealed = KeyRing::new(old.clone(), Vec::new(), random.clone()).sealer("letters")?.seal(b"", b"noon")?;
///
/// let rotated = KeyRing::new(new, vec![old], random);
/// assert_eq!(rotated.sealer("letters")?.open(b"", &sealed)?, b"noon");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct KeyRing {
    current: Key,
    previous: Vec<Key>,
    random: Random,
}

impl KeyRing {
    /// Creates a ring from a current key and earlier ones.
    #[must_use]
    pub const fn new(current: Key, previous: Vec<Key>, random: Random) -> Self {
        Self { current, previous, random }
    }

    /// Creates the ring from `APP_KEY` and `APP_PREVIOUS_KEYS`. Returns `None` if neither is set.
    ///
    /// # Errors
    /// Returns an error if one of them is not a valid key, or if there are previous keys but no current one.
    pub fn from_config(
        key: &Secret,
        previous_keys: &[Secret],
        random: Random,
    ) -> Result<Option<Self>, EncryptionError> {
        if key.is_empty() && previous_keys.is_empty() {
            return Ok(None);
        }
        let parse = |name, text: &str| {
            Key::parse(text).map_err(|source| EncryptionError::Config { name, source: Box::new(source) })
        };
        let current = parse("APP_KEY", key.expose())?;
        let previous = previous_keys.iter().map(|key| parse("APP_PREVIOUS_KEYS", key.expose()));
        Ok(Some(Self { current, previous: previous.collect::<Result<_, _>>()?, random }))
    }

    /// Creates a sealer for one purpose, such as `session`. It cannot open what was sealed for another purpose.
    /// Creating one derives its keys, so keep it.
    ///
    /// # Errors
    /// Never returns an error in practice: the derivation accepts every 256-bit key.
    pub fn sealer(&self, purpose: &str) -> Result<Sealer, EncryptionError> {
        Sealer::new(purpose, &self.current, &self.previous, self.random.clone())
    }

    /// Creates a signer for one purpose, such as `links`. Signatures for another purpose are not valid for this one. Creating
    /// one derives its keys, so keep it.
    ///
    /// # Errors
    /// Never returns an error in practice: the derivation accepts every 256-bit key.
    pub fn signer(&self, purpose: &str) -> Result<Signer, EncryptionError> {
        Signer::new(purpose, &self.current, &self.previous)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KeyRing").field("previous", &self.previous.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    fn config(key: &str, previous: &[&str]) -> (Secret, Vec<Secret>) {
        (key.into(), previous.iter().map(|&key| key.into()).collect())
    }

    fn key() -> String {
        Key::generate(&Random::system()).unwrap().to_config_text()
    }

    fn ring((key, previous): &(Secret, Vec<Secret>)) -> Result<Option<KeyRing>, EncryptionError> {
        KeyRing::from_config(key, previous, Random::system())
    }

    #[test]
    fn no_key_is_no_ring_and_a_wrong_key_is_an_error_that_names_it() {
        assert!(ring(&config("", &[])).unwrap().is_none());
        assert!(ring(&config(&key(), &[])).unwrap().is_some());
        let error = ring(&config("secret", &[])).unwrap_err();
        assert_eq!(error.to_string(), "APP_KEY cannot be used");
        assert!(error.source().unwrap().to_string().contains("key:generate"));
        assert!(ring(&config(&key(), &[&key(), "x"])).unwrap_err().to_string().starts_with("APP_PREVIOUS_KEYS"));
        assert!(ring(&config("", &[&key()])).is_err());
    }

    #[test]
    fn after_a_rotation_the_previous_key_still_opens_and_a_removed_one_does_not() {
        let (old, new) = (key(), key());
        let sealer = |keys: &(Secret, Vec<Secret>)| ring(keys).unwrap().unwrap().sealer("session").unwrap();
        let sealed = sealer(&config(&old, &[])).seal(b"place", b"text").unwrap();
        let rotated = sealer(&config(&new, &[&key(), &old]));
        assert_eq!(rotated.open(b"place", &sealed).unwrap(), b"text");
        let removed = sealer(&config(&new, &[&key()]));
        assert!(matches!(removed.open(b"place", &sealed), Err(EncryptionError::UnknownKey)));
        let fresh = rotated.seal(b"place", b"text").unwrap();
        assert_eq!(removed.open(b"place", &fresh).unwrap(), b"text", "the current key seals");
    }

    #[test]
    fn its_debug_output_shows_no_key() {
        let key = key();
        let shown = format!("{:?}", ring(&config(&key, &[&key])).unwrap().unwrap());
        assert_eq!(shown, "KeyRing { previous: 1, .. }");
    }
}
