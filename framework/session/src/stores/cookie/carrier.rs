//! Carries sessions in the visitors' cookies.

use std::sync::Arc;

use crate::{
    contract::{Digest, Id, Record},
    error::{Error, Result},
    stores::cookie::{session::CookieSession, store::CookieStore},
    visit::{Carrier, Oversize, Received, warn_of_several},
};

/// The most bytes of a cookie's name and value together. Browsers drop a longer one silently (RFC 6265bis, section 5.6).
const MAX_BYTES: usize = 4096;

/// Carries the sessions themselves, sealed with the app's key. Each request gets a store of its own, which holds the session
/// that came with it.
pub(crate) struct SealedCarrier(Arc<CookieStore>);

impl SealedCarrier {
    pub(crate) const fn new(store: Arc<CookieStore>) -> Self {
        Self(store)
    }

    /// Opens the values. If there are several of one session, the newest counts. Returns `None` if they belong to different
    /// sessions, because one of these may have been planted.
    fn newest(&self, values: &mut dyn Iterator<Item = &str>) -> Option<Option<(Id, CookieSession)>> {
        let mut newest: Option<(Id, CookieSession)> = None;
        for (id, session) in values.filter_map(|value| self.0.envelope().open(value)) {
            match &newest {
                Some((other, _)) if *other != id => return None,
                Some((_, other)) if other.record.version >= session.record.version => {}
                _ => newest = Some((id, session)),
            }
        }
        Some(newest)
    }
}

impl Carrier for SealedCarrier {
    fn receive(&self, values: &mut dyn Iterator<Item = &str>) -> Received {
        let store = Arc::new(self.0.empty());
        let id = match self.newest(values) {
            Some(Some((id, session))) => {
                store.put(&id, session);
                Some(id)
            }
            Some(None) => None,
            None => {
                warn_of_several();
                None
            }
        };
        let carrier = Arc::new(Self(Arc::clone(&store)));
        Received { id, own: Some((store, carrier)) }
    }

    fn cookie_value(&self, id: &Id) -> Result<Option<String>> {
        let session = self.0.find(&id.digest()).filter(|session| !session.is_superseded);
        let Some(session) = session else { return Ok(None) };
        let sealed = self.0.envelope().seal(id, &session);
        sealed.map(Some).map_err(|source| Error::Seal { source: source.into() })
    }

    fn is_stale(&self, digest: &Digest) -> bool {
        self.0.find(digest).is_some_and(|session| session.is_stale && !session.is_superseded)
    }

    fn is_superseded(&self, digest: &Digest) -> bool {
        self.0.find(digest).is_some_and(|session| session.is_superseded)
    }

    fn fits(&self, record: &Record) -> std::result::Result<(), Oversize> {
        let bytes = self.0.envelope().size(record);
        if bytes > MAX_BYTES { Err(Oversize { bytes, limit: MAX_BYTES }) } else { Ok(()) }
    }

    fn can_block(&self) -> bool {
        false
    }

    fn is_on_server(&self) -> bool {
        false
    }
}
