//! Sealing of payloads (`encrypt = true`): encrypted, and bound to the session's digest.

use std::sync::Arc;

use bytes::Bytes;
use salon_core::encryption::Sealer;

use crate::{
    contract::id::Digest,
    error::{Error, Result},
};

/// The first byte of a payload that is not sealed.
pub(crate) const PLAIN_PAYLOAD: u8 = 0;
/// The first byte of a payload that is sealed.
const SEALED_PAYLOAD: u8 = 1;

/// Seals and opens payloads. With `encrypt`, plain payloads are refused, so that nobody can slip one in; without it,
/// sealed ones are still opened if there is a key.
#[derive(Clone, Default)]
pub(crate) struct PayloadSealer {
    sealer: Option<Arc<Sealer>>,
    encrypt: bool,
}

impl PayloadSealer {
    /// `sealer` is there if the app has a key; `encrypt` needs one.
    pub(crate) const fn new(sealer: Option<Arc<Sealer>>, encrypt: bool) -> Self {
        Self { sealer, encrypt }
    }

    /// The payload as it is kept.
    pub(crate) fn seal(&self, digest: &Digest, payload: Bytes) -> Result<Bytes> {
        let (true, Some(sealer)) = (self.encrypt, &self.sealer) else { return Ok(payload) };
        let sealed =
            sealer.seal(digest.as_bytes(), &payload).map_err(|source| Error::Seal { source: source.into() })?;
        Ok(Bytes::from([&[SEALED_PAYLOAD], sealed.as_slice()].concat()))
    }

    /// The payload as it was; `Err` says why it cannot be read.
    pub(crate) fn open(&self, digest: &Digest, kept: &Bytes) -> std::result::Result<Bytes, &'static str> {
        match (kept.split_first(), &self.sealer) {
            (Some((&SEALED_PAYLOAD, sealed)), Some(sealer)) => {
                sealer.open(digest.as_bytes(), sealed).map(Bytes::from).map_err(
                    |_| "it is sealed with a key that is neither APP_KEY nor among APP_PREVIOUS_KEYS, or was changed",
                )
            }
            (Some((&SEALED_PAYLOAD, _)), None) => Err("it is sealed, and there is no APP_KEY to open it with"),
            (Some((&PLAIN_PAYLOAD, _)), _) if self.encrypt => Err("it is not sealed, and `encrypt` is on"),
            (Some((&PLAIN_PAYLOAD, _)), _) => Ok(kept.clone()),
            _ => Err("its payload is of an unknown kind"),
        }
    }
}
