//! How a session travels between the browser and the server: as an id, or as a whole.

use std::sync::Arc;

use salon_core::support::OncePer;

use crate::{
    contract::{Digest, Id, Record},
    error::Result,
    visit::dyn_store::DynStore,
};

/// What the session's cookie carries, and what depends on it.
///
/// Most drivers keep the session on the server, and the cookie carries its id ([`IdCarrier`]). The driver `cookie`
/// carries the session itself (`SealedCarrier`). Nothing else in this crate distinguishes the two.
pub(crate) trait Carrier: Send + Sync {
    /// Receives the values of the session's cookies of one request.
    fn receive(&self, values: &mut dyn Iterator<Item = &str>) -> Received;

    /// Returns the value for the cookie of a session, or `None` if the browser must not get one.
    ///
    /// # Errors
    /// Returns an error if there are no random bytes to seal it with.
    fn cookie_value(&self, id: &Id) -> Result<Option<String>>;

    /// True if the cookie of the browser is out of date although the id is the same.
    fn is_stale(&self, digest: &Digest) -> bool;

    /// True if another request has renewed the session, so that no cookie can take what this request writes to it.
    fn is_superseded(&self, digest: &Digest) -> bool;

    /// Checks that the cookie has room for a record. The error says how many bytes it needs, and how many there are.
    fn fits(&self, record: &Record) -> std::result::Result<(), Oversize>;

    /// True if a session can be locked for one request.
    fn can_block(&self) -> bool;

    /// True if the server keeps the records, so that it can count and list them.
    fn is_on_server(&self) -> bool;
}

/// What the values of a request's cookies lead to.
pub(crate) struct Received {
    /// The id of the session, if they lead to one.
    pub(crate) id: Option<Id>,
    /// The store and the carrier of this request alone, if the session came with it.
    pub(crate) own: Option<(Arc<dyn DynStore>, Arc<dyn Carrier>)>,
}

/// A record that is too large for a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Oversize {
    /// The size of the cookie's name and value.
    pub(crate) bytes: usize,
    /// The limit.
    pub(crate) limit: usize,
}

/// Carries the id of a session that is stored on the server.
pub(crate) struct IdCarrier;

impl Carrier for IdCarrier {
    /// If several ids differ, none of them is used: one may have been planted by a neighbouring host.
    fn receive(&self, values: &mut dyn Iterator<Item = &str>) -> Received {
        let mut ids = values.filter_map(Id::parse);
        let id = ids.next();
        let is_one = ids.all(|other| Some(&other) == id.as_ref());
        if !is_one {
            warn_of_several();
        }
        Received { id: id.filter(|_| is_one), own: None }
    }

    fn cookie_value(&self, id: &Id) -> Result<Option<String>> {
        Ok(Some(id.expose()))
    }

    fn is_stale(&self, _digest: &Digest) -> bool {
        false
    }

    fn is_superseded(&self, _digest: &Digest) -> bool {
        false
    }

    fn fits(&self, _record: &Record) -> std::result::Result<(), Oversize> {
        Ok(())
    }

    fn can_block(&self) -> bool {
        true
    }

    fn is_on_server(&self) -> bool {
        true
    }
}

/// Logs that a request carried several sessions, once a minute at most, because a browser repeats them with each
/// request.
pub(crate) fn warn_of_several() {
    static MINUTE: OncePer = OncePer::minute();
    if MINUTE.is_due() {
        tracing::warn!("a request carried several different session cookies, and none of them was used");
    }
}
