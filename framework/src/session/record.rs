//! What a store holds under a digest.

use std::sync::Arc;

use bytes::Bytes;

use super::id::Digest;
use crate::support::Timestamp;

/// A live session, as a store keeps it. Stores look at the fields that they need and leave the payload alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Counts the saves, from 1. An update succeeds only over the version that it was made from.
    pub version: u64,
    /// When the session began; kept when its id is renewed.
    pub created_at: Timestamp,
    /// The last request that was written back.
    pub active_at: Timestamp,
    /// When the record may be thrown away.
    pub expires_at: Timestamp,
    /// Who is logged in.
    pub user: Option<Arc<str>>,
    /// The address that the user logged in from.
    pub address: Option<Arc<str>>,
    /// The browser that the user logged in with, as it calls itself.
    pub agent: Option<Arc<str>>,
    /// What the session holds, laid out by the core and perhaps sealed. Shared, not copied, when the record is cloned.
    pub payload: Bytes,
}

/// What stays under the old digest when an id was renewed: the way to the successor, for a short while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// Where the session is now.
    pub successor: Digest,
    /// The successor's id, readable only with the old one.
    pub veiled_id: [u8; 32],
    /// When the way closes.
    pub until: Timestamp,
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
