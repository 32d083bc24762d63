//! Session ids: 256 bits from the operating system for the browser, their digest for the store.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use salon_core::support::{Random, RandomError};

/// Bytes of an id.
const LENGTH: usize = 32;

/// The id of a session: the secret that the browser holds. It has 256 random bits, 43 characters of base64url in a
/// cookie.
///
/// It is never stored and never logged. Stores and logs have its [`Digest`] instead.
///
/// ```
/// use salon_session::Id;
/// use salon_core::support::Random;
///
/// let id = Id::generate(&Random::system())?;
/// assert_eq!(id.expose().len(), 43);
/// assert_eq!(Id::parse(&id.expose()), Some(id.clone()));
/// assert_eq!(format!("{id:?}"), format!("Id({})", id.digest().short()));
/// assert_eq!(Id::parse("../../etc/passwd"), None);
/// # Ok::<(), salon_core::support::RandomError>(())
/// ```
#[derive(Clone)]
pub struct Id {
    bytes: [u8; LENGTH],
    digest: Digest,
}

impl Id {
    /// Generates a new id.
    ///
    /// # Errors
    /// Returns an error if the operating system provides no random bytes.
    pub fn generate(random: &Random) -> Result<Self, RandomError> {
        let mut bytes = [0; LENGTH];
        random.fill(&mut bytes)?;
        #[cfg(test)]
        crate::tests::watch::note(&bytes);
        Ok(Self::from_bytes(bytes))
    }

    /// Reads an id from the value of a cookie. Returns `None` for anything that [`expose`](Self::expose) would not have
    /// written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; LENGTH];
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(LENGTH) => Some(Self::from_bytes(bytes)),
            _ => None,
        }
    }

    /// Returns the text for the cookie. Anyone who has it has the session: keep it out of logs, pages and URLs.
    #[must_use]
    pub fn expose(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes)
    }

    /// Returns the digest, which stores and logs use instead of the id.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Encrypts the id of a successor so that only the holder of this id can read it. The second call decrypts it.
    ///
    /// An id has one successor at most, so the mask is used once, as a one-time pad must be.
    pub(crate) fn veil(&self, other: [u8; LENGTH]) -> [u8; LENGTH] {
        let mut input = Vec::with_capacity(LENGTH + 16);
        input.extend_from_slice(b"salon successor\0");
        input.extend_from_slice(&self.bytes);
        let mask = digest(&SHA256, &input);
        let mut veiled = other;
        for (byte, mask) in veiled.iter_mut().zip(mask.as_ref()) {
            *byte ^= mask;
        }
        veiled
    }

    pub(crate) const fn bytes(&self) -> [u8; LENGTH] {
        self.bytes
    }

    pub(crate) fn from_bytes(bytes: [u8; LENGTH]) -> Self {
        Self { bytes, digest: Digest::of(&bytes) }
    }
}

/// Ids are compared by their digests, so the time that it takes reveals nothing about an id.
impl PartialEq for Id {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Id {}

impl fmt::Debug for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Id({})", self.digest.short())
    }
}

/// The SHA-256 of a session's id: the name under which stores keep the record. The id cannot be computed from it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; LENGTH]);

impl Digest {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let hash = digest(&SHA256, bytes);
        let mut digest = [0; LENGTH];
        digest.copy_from_slice(hash.as_ref());
        Self(digest)
    }

    /// Returns the digest that a store has kept as these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; LENGTH]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }

    /// Returns 64 lower-case hexadecimal digits, which are safe as a file name or a key.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex(&self.0)
    }

    /// Returns the first 8 hexadecimal digits, for people and logs.
    #[must_use]
    pub fn short(&self) -> String {
        hex(&self.0[..4])
    }

    /// Reads what [`to_hex`](Self::to_hex) wrote. Returns `None` for anything else.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let text = text.as_bytes();
        if text.len() != LENGTH * 2 {
            return None;
        }
        let mut digest = [0; LENGTH];
        for (byte, pair) in digest.iter_mut().zip(text.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Some(Self(digest))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Digest({})", self.short())
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sr_01_an_id_fails_closed_when_the_system_gives_no_randomness() {
        assert!(Id::generate(&Random::broken()).is_err());
    }

    #[test]
    fn an_id_has_one_spelling() {
        let id = Id::from_bytes([255; 32]);
        let text = id.expose();
        assert_eq!(Id::parse(&text), Some(id));
        // The last character carries four bits of id and two that must be zero.
        assert_eq!(Id::parse(&format!("{}9", &text[..42])), None);
        assert_eq!(Id::parse(&format!("{text}=")), None);
        assert_eq!(Id::parse(&text[..42]), None);
        assert_eq!(Id::parse(&format!("{text}A")), None);
        assert_eq!(Id::parse(""), None);
    }

    #[test]
    fn a_digest_survives_its_hexadecimal_form() {
        let digest = Id::from_bytes([7; 32]).digest();
        assert_eq!(Digest::from_hex(&digest.to_hex()), Some(digest));
        assert_eq!(Digest::from_hex(&digest.to_hex().to_uppercase()), None);
        assert_eq!(Digest::from_hex("00"), None);
    }

    #[test]
    fn a_veil_is_lifted_by_its_own_id_only() {
        let (old, new) = (Id::from_bytes([1; 32]), Id::from_bytes([2; 32]));
        let veiled = old.veil(new.bytes());
        assert_ne!(veiled, new.bytes());
        assert_eq!(old.veil(veiled), new.bytes());
        assert_ne!(new.veil(veiled), new.bytes());
    }
}
