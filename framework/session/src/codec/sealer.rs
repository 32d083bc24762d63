//! The encryption of payloads (`encrypt = true`), which also binds them to the digest of their session.

use std::sync::Arc;

use bytes::Bytes;
use salon_core::encryption::Sealer;

use crate::{
    contract::Digest,
    error::{Error, Result},
};

/// The first byte of a payload that is not encrypted.
pub(crate) const PLAIN_PAYLOAD: u8 = 0;
/// The first byte of a payload that is encrypted.
const SEALED_PAYLOAD: u8 = 1;

/// Encrypts and decrypts payloads. With `encrypt`, plain payloads are refused, so that nobody who can write to the
/// store can inject one. Without it, encrypted payloads are still decrypted if there is a key.
#[derive(Clone, Default)]
pub(crate) struct PayloadSealer {
    sealer: Option<Arc<Sealer>>,
    encrypt: bool,
}

impl PayloadSealer {
    /// Creates a sealer of payloads. `sealer` is present if the app has a key, which `encrypt` needs.
    pub(crate) const fn new(sealer: Option<Arc<Sealer>>, encrypt: bool) -> Self {
        Self { sealer, encrypt }
    }

    /// Returns the payload as it is stored.
    pub(crate) fn seal(&self, digest: &Digest, payload: Bytes) -> Result<Bytes> {
        let (true, Some(sealer)) = (self.encrypt, &self.sealer) else { return Ok(payload) };
        let sealed =
            sealer.seal(digest.as_bytes(), &payload).map_err(|source| Error::Seal { source: source.into() })?;
        Ok(Bytes::from([&[SEALED_PAYLOAD], sealed.as_slice()].concat()))
    }

    /// Returns the plain payload, or the reason why it cannot be read.
    pub(crate) fn open(&self, digest: &Digest, kept: &Bytes) -> std::result::Result<Bytes, &'static str> {
        match (kept.split_first(), &self.sealer) {
            (Some((&SEALED_PAYLOAD, sealed)), Some(sealer)) => {
                sealer.open(digest.as_bytes(), sealed).map(Bytes::from).map_err(
                    |_| "it was changed, or encrypted with a key that is neither APP_KEY nor in APP_PREVIOUS_KEYS",
                )
            }
            (Some((&SEALED_PAYLOAD, _)), None) => Err("it is encrypted, and there is no APP_KEY to decrypt it with"),
            (Some((&PLAIN_PAYLOAD, _)), _) if self.encrypt => Err("it is not encrypted, and `encrypt` is on"),
            (Some((&PLAIN_PAYLOAD, _)), _) => Ok(kept.clone()),
            _ => Err("the kind of its payload is unknown"),
        }
    }
}
