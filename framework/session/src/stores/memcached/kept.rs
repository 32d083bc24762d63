//! What is stored under a session's key.

use std::time::Duration;

use bytes::Bytes;
use salon_core::support::Timestamp;
use salon_database::memcached::{NewItem, Ttl};

use crate::{
    codec,
    contract::{
        id::Digest,
        record::{Forward, Found, Record},
    },
};

/// What a destroyed session leaves behind, so that a late request cannot create one in its place.
const TOMBSTONE: &[u8] = b"gone";
/// How long the tombstone stays: longer than any request takes.
const TOMBSTONE_STAYS: Duration = Duration::from_secs(600);
/// How much longer than its session a record is kept: clocks differ, and the server does not decide whether a session
/// has expired.
const MARGIN: Duration = Duration::from_secs(60);

/// A value to be stored.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    value: Bytes,
    ttl: Ttl,
    /// The record's version, if it is one.
    pub(super) version: Option<u64>,
}

impl Kept {
    /// The item to write.
    pub(super) fn entry(&self, stamp: u32) -> NewItem<'_> {
        NewItem { value: &self.value, ttl: self.ttl, flags: stamp }
    }

    pub(super) fn live(digest: &Digest, record: &Record, now: Timestamp) -> Self {
        let value = codec::encode(digest, record).into();
        Self { value, ttl: until(record.expires_at, now), version: Some(record.version) }
    }

    pub(super) fn moved(digest: &Digest, forward: &Forward, now: Timestamp) -> Self {
        let value = codec::encode_forward(digest, forward).into();
        Self { value, ttl: until(forward.expires_at, now), version: None }
    }

    pub(super) fn tombstone() -> Self {
        Self { value: Bytes::from_static(TOMBSTONE), ttl: Ttl::after(TOMBSTONE_STAYS), version: None }
    }
}

/// Reads a value; `None` for a tombstone.
pub(super) fn read(digest: &Digest, value: &Bytes) -> Option<Found> {
    (value != TOMBSTONE).then(|| codec::decode(digest, value))
}

fn until(expires_at: Timestamp, now: Timestamp) -> Ttl {
    Ttl::after(expires_at.since(now).saturating_add(MARGIN))
}
