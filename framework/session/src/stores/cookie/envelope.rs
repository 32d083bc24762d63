//! A session as the value of a cookie.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use salon_core::encryption::{EncryptionError, Sealer};

use crate::{
    codec::{self, Reader},
    contract::{Found, Id, Record},
    stores::cookie::session::CookieSession,
};

/// Names the format of what is sealed: the id, the user's epoch, and the record as stores keep it.
const FORMAT: &str = "salon session cookie 1";
const ID_LENGTH: usize = 32;
const EPOCH_LENGTH: usize = 8;
/// Longer values are not ours, and are not decoded.
const MAX_LENGTH: usize = 4096;

/// Seals sessions for one cookie of one app.
pub(super) struct Envelope {
    sealer: Arc<Sealer>,
    /// What the seal is bound to, so that a cookie of another app, or of this app under another name, does not open.
    associated: Vec<u8>,
    name: String,
}

impl Envelope {
    /// For the cookie with this name, including its prefix. `app` distinguishes this app from others.
    pub(super) fn new(sealer: Arc<Sealer>, app: &str, name: &str) -> Self {
        let associated = [FORMAT, app, name].join("\0").into_bytes();
        Self { sealer, associated, name: name.to_owned() }
    }

    /// Returns the value for the cookie.
    ///
    /// # Errors
    /// Returns an error if the system has no random bytes.
    pub(super) fn seal(&self, id: &Id, session: &CookieSession) -> Result<String, EncryptionError> {
        let record = codec::encode(&id.digest(), &session.record);
        let plain = [&id.bytes()[..], &session.epoch.to_le_bytes(), &record].concat();
        Ok(URL_SAFE_NO_PAD.encode(self.sealer.seal(&self.associated, &plain)?))
    }

    /// Opens a cookie's value. Returns `None` for anything that was not sealed here.
    pub(super) fn open(&self, text: &str) -> Option<(Id, CookieSession)> {
        if text.len() > MAX_LENGTH {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let plain = Bytes::from(self.sealer.open(&self.associated, &sealed).ok()?);
        let mut reader = Reader::new(&plain);
        let (id, epoch) = (Id::from_bytes(reader.array()?), reader.number()?);
        let Found::Live(record) = codec::decode(&id.digest(), &plain.slice_ref(reader.rest())) else {
            return None;
        };
        let is_stale = !self.sealer.is_current(&sealed);
        Some((id, CookieSession { record, epoch, is_stale, is_superseded: false }))
    }

    /// How many bytes the cookie of a record has, name and value.
    pub(super) fn size(&self, record: &Record) -> usize {
        let sealed = Sealer::OVERHEAD + ID_LENGTH + EPOCH_LENGTH + codec::length(record);
        // Base64: four characters for three bytes, without padding.
        self.name.len() + (sealed * 4).div_ceil(3)
    }
}
