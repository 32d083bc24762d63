//! A session as the text of a cookie: sealed with the app's key, bound to the app and to the cookie's name.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use salon_core::encryption::{EncryptionError, Sealer};

use crate::{
    codec::{self, Reader},
    contract::{
        id::Id,
        record::{Found, Record},
    },
    stores::cookie::session::CookieSession,
};

/// The format of what is sealed: the id, the user's epoch, the record as stores keep it.
const FORMAT: &str = "salon session cookie 1";
const ID_LENGTH: usize = 32;
const EPOCH_LENGTH: usize = 8;
/// Longer values are not ours, and are not decoded.
const MAX_TEXT: usize = 4096;

/// Seals sessions for one cookie of one app. There is no other form: what does not open is nothing.
pub(super) struct Envelope {
    sealer: Arc<Sealer>,
    /// Another app's cookie does not open, nor one of this app under another name.
    associated: Vec<u8>,
    name: String,
}

impl Envelope {
    /// For the cookie of this whole name, in the app that is told from others by this.
    pub(super) fn new(sealer: Arc<Sealer>, app: &str, name: &str) -> Self {
        let associated = [FORMAT, app, name].join("\0").into_bytes();
        Self { sealer, associated, name: name.to_owned() }
    }

    /// The text for the cookie.
    ///
    /// # Errors
    /// There are no random bytes.
    pub(super) fn seal(&self, id: &Id, held: &CookieSession) -> Result<String, EncryptionError> {
        let record = codec::encode(&id.digest(), &held.record);
        let plain = [&id.bytes()[..], &held.epoch.to_le_bytes(), &record].concat();
        Ok(URL_SAFE_NO_PAD.encode(self.sealer.seal(&self.associated, &plain)?))
    }

    /// The session in a text; `None` for anything that was not sealed here.
    pub(super) fn open(&self, text: &str) -> Option<(Id, CookieSession)> {
        if text.len() > MAX_TEXT {
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

    /// How many bytes of a cookie, name and value, a record takes.
    pub(super) fn size(&self, record: &Record) -> usize {
        let sealed = Sealer::OVERHEAD + ID_LENGTH + EPOCH_LENGTH + codec::length(record);
        // Four characters for three bytes, without padding.
        self.name.len() + (sealed * 4).div_ceil(3)
    }
}
