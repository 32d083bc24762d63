//! What a store holds under a digest.

use std::{fmt, num::NonZeroU64, sync::Arc, time::Duration};

use bytes::Bytes;
use salon_core::support::Timestamp;

use crate::contract::{id::Digest, lock::Lock};

/// A live session, as a store keeps it. Stores look at the fields that they need and leave the payload alone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Counts the saves, from 1. An update succeeds only over the version that it was made from.
    pub version: u64,
    /// When the session began; kept when its id is renewed.
    pub created_at: Timestamp,
    /// The last request that was written back.
    pub active_at: Timestamp,
    /// When the record may be thrown away.
    pub expires_at: Timestamp,
    /// When the session got the id that it has now.
    pub renewed_at: Timestamp,
    /// Which request the session is given to, if any.
    pub lock: Option<Lock>,
    /// Who is logged in.
    pub user: Option<Arc<str>>,
    /// The address that the user logged in from.
    pub address: Option<Arc<str>>,
    /// The browser that the user logged in with, as it calls itself.
    pub agent: Option<Arc<str>>,
    /// What the session holds, laid out by the core and perhaps sealed. Shared, not copied, when the record is cloned.
    pub payload: Bytes,
}

impl Record {
    /// Notes a request, as [`Store::touch`](super::Store::touch) does; whether that changed anything, and is to be written. One
    /// that is noted late, after others, takes nothing back, and of the many requests of a page one within a second is enough.
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

    /// Whether the session is this owner's, be the lease over or not.
    pub(crate) fn is_locked_by(&self, owner: NonZeroU64) -> bool {
        self.lock.is_some_and(|lock| lock.owner == owner)
    }

    /// The record without this owner's lock, as a new version; `None` if the lock is not theirs.
    #[must_use]
    pub fn unlocked(&self, owner: NonZeroU64) -> Option<Self> {
        self.is_locked_by(owner).then(|| Self { lock: None, version: self.version + 1, ..self.clone() })
    }
}

/// What a session holds is not for logs.
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

/// What stays under the old digest when an id was renewed: the way to the successor.
///
/// A visitor may take it for a short while, or not at all if somebody logged in. Who ends the session under its old id ends
/// the successor, as long as the record is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Forward {
    /// Where the session is now.
    pub successor: Digest,
    /// The successor's id, readable only with the old one; `None` after a change of privilege, when no visitor is led on.
    pub veiled_id: Option<[u8; 32]>,
    /// When requests under the old id are no longer expected: the way closes, and such a request is an event.
    pub until: Timestamp,
    /// When the record may be thrown away.
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
    /// A session. Whether its time is over is for the core to say.
    Live(Record),
    /// The session has a new id.
    Moved(Forward),
    /// Something that cannot be read, and why.
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
