//! What is stored under a session's key.

use bytes::Bytes;
use salon_core::support::Timestamp;
use salon_database::memcached::{NewItem, Ttl};

use crate::{
    codec,
    contract::{Digest, Forward, Found, Record},
    limits::KEPT_AFTER_EXPIRY,
    stores::tombstone::{tombstone, without_tombstone},
};

/// A value to be stored, and for how long.
#[derive(Clone, Debug)]
pub(super) struct SessionItem {
    value: Bytes,
    ttl: Ttl,
    /// The record's version, if it is one.
    pub(super) version: Option<u64>,
}

impl SessionItem {
    /// The item to write.
    pub(super) fn entry(&self, flags: u32) -> NewItem<'_> {
        NewItem { value: &self.value, ttl: self.ttl, flags }
    }

    pub(super) fn live(digest: &Digest, record: &Record, now: Timestamp) -> Self {
        let value = codec::encode(digest, record).into();
        Self { value, ttl: until(record.expires_at, now), version: Some(record.version) }
    }

    pub(super) fn moved(digest: &Digest, forward: &Forward, now: Timestamp) -> Self {
        let value = codec::encode_forward(digest, forward).into();
        Self { value, ttl: until(forward.expires_at, now), version: None }
    }

    pub(super) fn tombstone(digest: &Digest, now: Timestamp) -> Self {
        Self::moved(digest, &tombstone(now, *digest), now)
    }
}

/// Reads a value; `None` for a tombstone.
pub(super) fn read(digest: &Digest, value: &Bytes) -> Option<Found> {
    without_tombstone(codec::decode(digest, value))
}

fn until(expires_at: Timestamp, now: Timestamp) -> Ttl {
    Ttl::after(expires_at.since(now).saturating_add(KEPT_AFTER_EXPIRY))
}
