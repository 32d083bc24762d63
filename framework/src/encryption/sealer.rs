//! Sealing: what only this app can read, and nobody can change.

use std::fmt;

use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, MAX_TAG_LEN, NONCE_LEN, Nonce},
    error::Unspecified,
    hkdf::{HKDF_SHA256, KeyType, Prk, Salt},
};

use super::{EncryptionError, Key};
use crate::support::Random;

/// The layout of what is sealed: version, key's id, nonce, ciphertext, tag.
const VERSION: u8 = 1;
const ID_LENGTH: usize = 4;
const BODY: usize = 1 + ID_LENGTH + NONCE_LEN;
const OVERHEAD: usize = BODY + MAX_TAG_LEN;

/// Seals and opens for one purpose, with AES-256-GCM under keys that are derived for the purpose by HKDF-SHA256.
///
/// Nonces are random, so a key may seal four billion times for each purpose before it should be rotated. A sealed text is
/// 33 bytes longer than the plain one. It is bound to its associated data, which is not part of it and is given again to
/// open it: the place where it belongs, so that it cannot be moved to another.
///
/// ```
/// use salon::{encryption::{Key, KeyRing}, support::Random};
///
/// let random = Random::system();
/// let ring = KeyRing::new(Key::generate(&random)?, Vec::new(), random);
/// let sealer = ring.sealer("letters")?;
/// let sealed = sealer.seal(b"to Ada", b"Meet me at noon.")?;
/// assert_eq!(sealer.open(b"to Ada", &sealed)?, b"Meet me at noon.");
/// assert!(sealer.open(b"to Grace", &sealed).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Sealer {
    current: Subkey,
    previous: Vec<Subkey>,
    random: Random,
}

impl Sealer {
    pub(super) fn new(purpose: &str, current: &Key, previous: &[Key], random: Random) -> Result<Self, EncryptionError> {
        let derive = |key| Subkey::derive(key, purpose).map_err(|_| EncryptionError::Derivation);
        let previous = previous.iter().map(derive).collect::<Result<_, _>>()?;
        Ok(Self { current: derive(current)?, previous, random })
    }

    /// Seals a text with the current key, bound to the associated data.
    ///
    /// # Errors
    /// The operating system gave no random bytes, or the text is longer than 64 GiB.
    pub fn seal(&self, associated: &[u8], plain: &[u8]) -> Result<Vec<u8>, EncryptionError> {
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce)?;
        let mut sealed = Vec::with_capacity(OVERHEAD + plain.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&self.current.id);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let (nonce, associated) = (Nonce::assume_unique_for_key(nonce), Aad::from(associated));
        let body = &mut sealed[BODY..];
        let tag = self.current.key.seal_in_place_separate_tag(nonce, associated, body);
        sealed.extend_from_slice(tag.map_err(|_| EncryptionError::TooLong)?.as_ref());
        Ok(sealed)
    }

    /// Opens what a key of the ring sealed for the same purpose and associated data.
    ///
    /// # Errors
    /// It was sealed with a key that is not on the ring, or it is not what was sealed.
    pub fn open(&self, associated: &[u8], sealed: &[u8]) -> Result<Vec<u8>, EncryptionError> {
        let (id, nonce, body) = parts(sealed).ok_or(EncryptionError::Altered)?;
        let mut result = Err(EncryptionError::UnknownKey);
        // Ids are short, so two keys may share one.
        for subkey in std::iter::once(&self.current).chain(&self.previous).filter(|subkey| subkey.id == *id) {
            let mut text = body.to_vec();
            let (nonce, associated) = (Nonce::assume_unique_for_key(*nonce), Aad::from(associated));
            if let Ok(plain) = subkey.key.open_in_place(nonce, associated, &mut text) {
                let length = plain.len();
                text.truncate(length);
                return Ok(text);
            }
            result = Err(EncryptionError::Altered);
        }
        result
    }
}

/// The key's id, the nonce, and the ciphertext with its tag.
fn parts(sealed: &[u8]) -> Option<(&[u8; ID_LENGTH], &[u8; NONCE_LEN], &[u8])> {
    let (_, rest) = sealed.split_first().filter(|(version, _)| **version == VERSION)?;
    let (id, rest) = rest.split_first_chunk()?;
    let (nonce, body) = rest.split_first_chunk()?;
    Some((id, nonce, body))
}

impl fmt::Debug for Sealer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sealer").field("previous", &self.previous.len()).finish_non_exhaustive()
    }
}

/// What a key becomes for one purpose.
#[derive(Clone)]
struct Subkey {
    /// Tells keys apart, the same for every purpose. It need not be authenticated: it and the version only choose the
    /// derived key, and under another one nothing opens.
    id: [u8; ID_LENGTH],
    key: LessSafeKey,
}

impl Subkey {
    fn derive(key: &Key, purpose: &str) -> Result<Self, Unspecified> {
        let root: Prk = Salt::new(HKDF_SHA256, b"salon encryption 1").extract(key.as_bytes());
        let mut id = [0; ID_LENGTH];
        root.expand(&[b"id"], IdLength)?.fill(&mut id)?;
        let key = root.expand(&[b"seal ", purpose.as_bytes()], &AES_256_GCM)?.into();
        Ok(Self { id, key: LessSafeKey::new(key) })
    }
}

struct IdLength;

impl KeyType for IdLength {
    fn len(&self) -> usize {
        ID_LENGTH
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};

    use super::*;

    const EARLIER: &str = "AfUhaZMgRfM1BhjjcRBP8bzYX5sWrdmYk7BzLLy4JNE+eBWX5f35lIpPLomRNYo1mQ==";
    const PLACE: &[u8] = b"record 7";
    const TEXT: &[u8] = b"a visitor's cart";

    fn key() -> Key {
        Key::generate(&Random::system()).unwrap()
    }

    fn sealer(purpose: &str, key: &Key) -> Sealer {
        Sealer::new(purpose, key, &[], Random::system()).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_and_shows_nothing_of_the_text() {
        let sealer = sealer("session", &key());
        let sealed = sealer.seal(PLACE, TEXT).unwrap();
        assert_eq!(sealed.len(), OVERHEAD + TEXT.len());
        assert!(!sealed.windows(4).any(|window| TEXT.windows(4).any(|text| text == window)));
        assert_eq!(sealer.open(PLACE, &sealed).unwrap(), TEXT);
        let empty = sealer.seal(b"", b"").unwrap();
        assert_eq!(sealer.open(b"", &empty).unwrap(), b"");
    }

    #[test]
    fn the_same_text_is_sealed_differently_each_time() {
        let sealer = sealer("session", &key());
        assert_ne!(sealer.seal(PLACE, TEXT).unwrap(), sealer.seal(PLACE, TEXT).unwrap());
    }

    #[test]
    fn with_any_one_bit_flipped_it_does_not_open() {
        let sealer = sealer("session", &key());
        let sealed = sealer.seal(PLACE, TEXT).unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(sealer.open(PLACE, &changed).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn cut_or_lengthened_it_does_not_open() {
        let sealer = sealer("session", &key());
        let mut sealed = sealer.seal(PLACE, TEXT).unwrap();
        for length in 0..sealed.len() {
            assert!(sealer.open(PLACE, &sealed[..length]).is_err(), "{length} bytes");
        }
        sealed.push(0);
        assert!(sealer.open(PLACE, &sealed).is_err());
    }

    #[test]
    fn for_another_purpose_or_place_it_does_not_open() {
        let key = key();
        let sealed = sealer("session", &key).seal(PLACE, TEXT).unwrap();
        assert!(matches!(sealer("cookie", &key).open(PLACE, &sealed), Err(EncryptionError::Altered)));
        assert!(matches!(sealer("session", &key).open(b"record 8", &sealed), Err(EncryptionError::Altered)));
    }

    #[test]
    fn without_randomness_nothing_is_sealed() {
        let sealer = Sealer::new("session", &key(), &[], Random::broken()).unwrap();
        assert!(matches!(sealer.seal(PLACE, TEXT), Err(EncryptionError::Random(_))));
    }

    #[test]
    fn a_text_sealed_by_an_earlier_release_still_opens() {
        // Fixed on the first release: this test fails when the layout or the derivation changes.
        let bytes: Vec<u8> = (0..32u8).map(|byte| byte.wrapping_mul(37)).collect();
        let key = Key::parse(&format!("base64:{}", STANDARD.encode(bytes))).unwrap();
        let sealed = STANDARD.decode(EARLIER).unwrap();
        assert_eq!(sealer("session", &key).open(PLACE, &sealed).unwrap(), TEXT);
    }

    #[test]
    fn its_debug_output_shows_no_key() {
        assert_eq!(format!("{:?}", sealer("session", &key())), "Sealer { previous: 0, .. }");
    }
}
