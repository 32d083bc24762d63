//! What a store holds under a digest.

use std::{fmt, num::NonZeroU64, sync::Arc, time::Duration};

use bytes::Bytes;
use salon_core::support::Timestamp;

use crate::contract::{id::Digest, lock::Lock, version::next_version};

/// A live session, as a store keeps it. Stores read the fields that they need, and leave the payload alone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Grows with each change: a save, and a lock that is granted or released, but not a touch. An update succeeds only
    /// over the version that it was made from. Two writers that change the same version make different ones, so a version
    /// that was lost with a failed server is not taken for the one that another writer made in its place.
    pub version: u64,
    /// When the session was created. A renewal of the id does not change it.
    pub created_at: Timestamp,
    /// When the last request came that was written back.
    pub active_at: Timestamp,
    /// When the record may be removed.
    pub expires_at: Timestamp,
    /// When the session got the id that it has now.
    pub renewed_at: Timestamp,
    /// The lock, if a request holds the session for itself.
    pub lock: Option<Lock>,
    /// The user who is logged in.
    pub user: Option<Arc<str>>,
    /// The address that the user logged in from.
    pub address: Option<Arc<str>>,
    /// The `User-Agent` of the browser that the user logged in with.
    pub agent: Option<Arc<str>>,
    /// The contents of the session, encoded by the core and perhaps encrypted. A clone of the record shares them.
    pub payload: Bytes,
}

impl Record {
    /// Records a request, as [`Store::touch`](crate::Store::touch) must. Returns true if this changed the record, which
    /// must then be written. A request that is recorded late, after others, takes nothing back; and of the many
    /// requests of a page, one within a second is enough.
    #[must_use = "a record that was not changed need not be written"]
    pub fn touch(&mut self, active_at: Timestamp, expires_at: Timestamp) -> bool {
        const SECOND: Duration = Duration::from_secs(1);
        if active_at.since(self.active_at) < SECOND && expires_at.since(self.expires_at) < SECOND {
            return false;
        }
        self.active_at = self.active_at.max(active_at);
        self.expires_at = self.expires_at.max(expires_at);
        true
    }

    /// True if this owner holds the lock, even if the lease has expired.
    pub(crate) fn is_locked_by(&self, owner: NonZeroU64) -> bool {
        self.lock.is_some_and(|lock| lock.owner == owner)
    }

    /// Returns the record without this owner's lock, as a new version. Returns `None` if the owner does not hold the
    /// lock.
    #[must_use]
    pub fn unlocked(&self, owner: NonZeroU64) -> Option<Self> {
        self.is_locked_by(owner).then(|| Self {
            lock: None,
            version: next_version(self.version, owner.get()),
            ..self.clone()
        })
    }
}

/// The contents of a session do not belong in logs.
impl fmt::Debug for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Record")
            .field("version", &self.version)
            .field("created_at", &self.created_at)
            .field("active_at", &self.active_at)
            .field("expires_at", &self.expires_at)
            .field("user", &self.user)
            .field("lock", &self.lock)
            .field("payload", &format_args!("{} bytes", self.payload.len()))
            .finish_non_exhaustive()
    }
}

/// What stays under the old digest when an id was renewed: a forward to the successor.
///
/// A visitor may follow it for a short while, or not at all after a login. A caller that ends the session under its old
/// id ends the successor, for as long as the forward is kept.
///
/// The successor's id is veiled, although the store could simply hold it. Who would miss this? Everyone whose session
/// was renewed in the last seconds, when somebody reads the store: a backup, a Redis dump, an SQL injection. All else
/// in a store is digests, and a plain id would be the one entry that lets its reader into a session. Without any id in
/// the forward, parallel requests of a page that was renewed could not follow it, and would be logged out. The cost is
/// one SHA-256 for each renewal and each forward that is followed.
#[derive(Clone, PartialEq, Eq)]
pub struct Forward {
    /// The digest of the session now.
    pub successor: Digest,
    /// The successor's id, readable only with the old id. `None` after a login, when no visitor may follow the forward.
    pub veiled_id: Option<[u8; 32]>,
    /// Until when visitors may follow the forward. A later request under the old id is reported as an event.
    pub until: Timestamp,
    /// When the forward may be removed.
    pub expires_at: Timestamp,
}

impl fmt::Debug for Forward {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Forward");
        shown.field("successor", &self.successor).field("until", &self.until).finish_non_exhaustive()
    }
}

/// What was found under a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A session. The core decides whether it has expired.
    Live(Record),
    /// A forward: the session has a new id.
    Moved(Forward),
    /// A record that cannot be read, and the reason.
    Corrupt(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_shows_neither_what_a_session_holds_nor_the_way_to_another() {
        let record = Record { payload: Bytes::from_static(b"secret"), version: 7, ..Record::default() };
        let shown = format!("{record:?}");
        assert!(shown.contains("version: 7") && shown.contains("6 bytes") && !shown.contains("secret"), "{shown}");
        let until = Timestamp::from_seconds(1);
        let (successor, veiled_id) = (Digest::from_bytes([1; 32]), Some([77; 32]));
        let forward = Forward { successor, veiled_id, until, expires_at: until };
        let shown = format!("{forward:?}");
        assert!(shown.contains("Digest(01010101)") && !shown.contains("77"), "{shown}");
    }
}
