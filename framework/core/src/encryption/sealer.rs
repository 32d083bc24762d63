//! Sealing: encryption that makes data unreadable and unchangeable for everyone but this app.

use std::fmt;

use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, MAX_TAG_LEN, NONCE_LEN, Nonce},
    error::Unspecified,
    hkdf::{HKDF_SHA256, KeyType, Prk},
};

use super::{EncryptionError, Key};
use crate::support::Random;

/// The version of the layout: version, key's id, salt, nonce, ciphertext, tag.
const VERSION: u8 = 2;
const ID_LENGTH: usize = 4;
/// The salt is as long as the nonce.
const BODY: usize = 1 + ID_LENGTH + 2 * NONCE_LEN;

/// Seals and opens data for one purpose, with AES-256-GCM. HKDF-SHA256 derives the keys: from the app's key one for the
/// purpose, and from that one for each text.
///
/// Salt and nonce are random and have 192 bits together, so that no two texts ever share both, and a key can seal any
/// number of texts; with the 96 bits of a nonce alone it would have to be rotated after four billion texts. A sealed
/// text is [`OVERHEAD`](Self::OVERHEAD) bytes longer than the plain one. It is bound to its associated data, which is
/// not part of it and must be given again to open it: the place where it belongs, so that it cannot be moved to another
/// place.
///
/// ```
/// use salon_core::{encryption::{Key, KeyRing}, support::Random};
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
    /// How many bytes longer a sealed text is than the plain one.
    pub const OVERHEAD: usize = BODY + MAX_TAG_LEN;

    pub(super) fn new(purpose: &str, current: &Key, previous: &[Key], random: Random) -> Result<Self, EncryptionError> {
        let derive = |key| Subkey::derive(key, purpose).map_err(|_| EncryptionError::Derivation);
        let previous = previous.iter().map(derive).collect::<Result<_, _>>()?;
        Ok(Self { current: derive(current)?, previous, random })
    }

    /// Seals a text with the current key, bound to the associated data.
    ///
    /// # Errors
    /// Returns an error if the operating system provides no random bytes, or if the text is longer than 64 GiB.
    pub fn seal(&self, associated: &[u8], plain: &[u8]) -> Result<Vec<u8>, EncryptionError> {
        let mut unique = [[0; NONCE_LEN]; 2];
        self.random.fill(unique.as_flattened_mut())?;
        let mut sealed = Vec::with_capacity(Self::OVERHEAD + plain.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&self.current.id);
        sealed.extend_from_slice(unique.as_flattened());
        sealed.extend_from_slice(plain);
        let [salt, nonce] = unique;
        let key = self.current.key_for(&salt).map_err(|_| EncryptionError::Derivation)?;
        let (nonce, associated) = (Nonce::assume_unique_for_key(nonce), Aad::from(associated));
        let body = &mut sealed[BODY..];
        let tag = key.seal_in_place_separate_tag(nonce, associated, body);
        sealed.extend_from_slice(tag.map_err(|_| EncryptionError::TooLong)?.as_ref());
        Ok(sealed)
    }

    /// Opens data that a key of the ring sealed for the same purpose and associated data.
    ///
    /// # Errors
    /// Returns an error if it was sealed with a key that is not on the ring, or if it is not valid sealed data.
    pub fn open(&self, associated: &[u8], sealed: &[u8]) -> Result<Vec<u8>, EncryptionError> {
        let parts = Parts::of(sealed).ok_or(EncryptionError::Altered)?;
        let mut result = Err(EncryptionError::UnknownKey);
        // Ids are short, so two keys may have the same one.
        for subkey in std::iter::once(&self.current).chain(&self.previous).filter(|subkey| subkey.id == *parts.id) {
            let key = subkey.key_for(parts.salt).map_err(|_| EncryptionError::Derivation)?;
            let mut text = parts.body.to_vec();
            let (nonce, associated) = (Nonce::assume_unique_for_key(*parts.nonce), Aad::from(associated));
            if let Ok(plain) = key.open_in_place(nonce, associated, &mut text) {
                let length = plain.len();
                text.truncate(length);
                return Ok(text);
            }
            result = Err(EncryptionError::Altered);
        }
        result
    }

    /// True if the current key sealed this data, which must be openable. Data sealed by an earlier key must be sealed
    /// again before that key is removed.
    #[must_use]
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        Parts::of(sealed).is_some_and(|parts| *parts.id == self.current.id)
    }
}

/// The parts of sealed data.
struct Parts<'a> {
    id: &'a [u8; ID_LENGTH],
    salt: &'a [u8; NONCE_LEN],
    nonce: &'a [u8; NONCE_LEN],
    /// The ciphertext with its tag.
    body: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(sealed: &'a [u8]) -> Option<Self> {
        let (_, rest) = sealed.split_first().filter(|(version, _)| **version == VERSION)?;
        let (id, rest) = rest.split_first_chunk()?;
        let (salt, rest) = rest.split_first_chunk()?;
        let (nonce, body) = rest.split_first_chunk()?;
        Some(Self { id, salt, nonce, body })
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sealer").field("previous", &self.previous.len()).finish_non_exhaustive()
    }
}

/// The key derived for one purpose.
#[derive(Clone)]
struct Subkey {
    /// Identifies the key, the same for every purpose. It need not be authenticated: it and the version only select the
    /// derived key, and nothing opens under the wrong one.
    id: [u8; ID_LENGTH],
    root: Prk,
}

impl Subkey {
    fn derive(key: &Key, purpose: &str) -> Result<Self, Unspecified> {
        let root = key.root();
        let mut id = [0; ID_LENGTH];
        root.expand(&[b"id"], IdLength)?.fill(&mut id)?;
        let root = root.expand(&[b"seal ", purpose.as_bytes()], HKDF_SHA256)?.into();
        Ok(Self { id, root })
    }

    /// Derives the key of one text.
    fn key_for(&self, salt: &[u8; NONCE_LEN]) -> Result<LessSafeKey, Unspecified> {
        Ok(LessSafeKey::new(self.root.expand(&[b"text ", salt], &AES_256_GCM)?.into()))
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

    const EARLIER: &str = "AvUhaZMKupLu7KNa7KqiK5BrZ9E8MD/cM68Mg2MlnZywK/ix2/qEg2+QCZHatNGnH3WrjukLl5RHnAr3JQ==";
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
        assert_eq!(sealed.len(), Sealer::OVERHEAD + TEXT.len());
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
    fn sr_47_a_million_sealings_have_a_million_nonces() {
        let sealer = sealer("session", &key());
        let unique = |sealed: Vec<u8>| <[u8; 2 * NONCE_LEN]>::try_from(&sealed[1 + ID_LENGTH..BODY]).unwrap();
        let mut seen: Vec<_> = (0..1_000_000).map(|_| unique(sealer.seal(b"", b"").unwrap())).collect();
        seen.sort_unstable();
        assert!(seen.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn what_an_earlier_key_has_sealed_is_told_from_what_the_current_one_has() {
        let (old, new) = (key(), key());
        let sealed = sealer("session", &old).seal(PLACE, TEXT).unwrap();
        let rotated = Sealer::new("session", &new, &[old], Random::system()).unwrap();
        assert!(!rotated.is_current(&sealed) && rotated.open(PLACE, &sealed).is_ok());
        assert!(rotated.is_current(&rotated.seal(PLACE, TEXT).unwrap()));
        assert!(!rotated.is_current(b""));
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
        // Fixed since the first release: this test fails if the layout or the derivation changes.
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
