//! The tombstone (a "mark" in the code): an entry that stays in the primary for a while where a session has ended.
//!
//! It is a forward that leads nowhere, which a rotation exchanges for a live record in one step. No store creates
//! over a forward, touches it, locks it, or removes it before it expires. So a request that read the session in the
//! fallback a moment ago cannot bring it back.

use std::time::Duration;

use salon_core::support::Timestamp;

use crate::contract::{
    id::Digest,
    locking::Locking,
    record::{Forward, Found, Record},
    store::Update,
};

/// A value that no real forward holds, because there it is the encrypted bytes of an id.
const NOWHERE: [u8; 32] = *b"salon: this session has ended...";

/// Longer than any request takes that may have read the session before it ended.
pub(super) const MARK_LASTS: Duration = Duration::from_secs(300);

/// A tombstone for a session that ends at this moment.
pub(super) fn end(now: Timestamp, successor: Digest) -> Forward {
    let until = now + MARK_LASTS;
    Forward { successor, veiled_id: Some(NOWHERE), until, expires_at: until }
}

/// The record that the tombstone appears to lead to, because a rotation creates one. It is expired from the start, and
/// removed at once.
pub(super) fn stub(now: Timestamp, version: u64) -> Record {
    Record { version, created_at: now, active_at: now, expires_at: now, renewed_at: now, ..Record::default() }
}

pub(super) fn is_end(forward: &Forward) -> bool {
    forward.veiled_id == Some(NOWHERE)
}

/// True if this is a tombstone, or the stub left over from creating one.
pub(super) fn is_mark(found: &Found) -> bool {
    match found {
        Found::Moved(forward) => is_end(forward),
        Found::Live(record) => record.payload.is_empty() && record.expires_at == record.created_at,
        Found::Corrupt(_) => false,
    }
}

/// What was found, as callers see it that do not know about tombstones.
pub(super) fn seen(found: Found) -> Option<Found> {
    match found {
        Found::Moved(forward) if is_end(&forward) => None,
        found => Some(found),
    }
}

pub(super) fn seen_update(update: Update) -> Update {
    match update {
        Update::Moved(forward) if is_end(&forward) => Update::Gone,
        update => update,
    }
}

pub(super) fn seen_locking(locking: Locking) -> Locking {
    match locking {
        Locking::NotLive(Some(found)) => Locking::NotLive(seen(found)),
        locking => locking,
    }
}

/// The result of an update when there is no live record.
pub(super) fn refusal(found: Option<Found>) -> Update {
    match found {
        Some(Found::Moved(forward)) => Update::Moved(forward),
        _ => Update::Gone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000);

    #[test]
    fn a_mark_is_distinguished_from_a_session_and_from_a_forward() {
        let successor = Digest::from_bytes([1; 32]);
        let mark = end(NOW, successor);
        let way = Forward { veiled_id: None, ..mark.clone() };
        let session = Record { expires_at: NOW + MARK_LASTS, ..stub(NOW, 2) };
        assert!(is_mark(&Found::Moved(mark.clone())) && is_mark(&Found::Live(stub(NOW, 2))));
        for found in [Found::Moved(way), Found::Live(session), Found::Corrupt("torn".to_owned())] {
            assert!(!is_mark(&found) && seen(found.clone()) == Some(found));
        }
        assert_eq!(seen(Found::Moved(mark)), None);
    }
}
