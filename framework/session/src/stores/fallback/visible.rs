//! What callers see of the primary, which may hold tombstones that they do not know about.

use salon_core::support::Timestamp;

use crate::{
    contract::{Found, Locking, Record, Update},
    stores::tombstone::{is_tombstone, without_tombstone},
};

pub(super) fn visible_update(update: Update) -> Update {
    match update {
        Update::Moved(forward) if is_tombstone(&forward) => Update::Gone,
        update => update,
    }
}

pub(super) fn visible_locking(locking: Locking) -> Locking {
    match locking {
        Locking::NotLive(Some(found)) => Locking::NotLive(without_tombstone(found)),
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

/// The record that a tombstone appears to lead to, because a rotation creates one. It is expired from the start, and
/// removed at once.
pub(super) fn stub(now: Timestamp, version: u64) -> Record {
    Record { version, created_at: now, active_at: now, expires_at: now, renewed_at: now, ..Record::default() }
}

/// True if this is neither a tombstone, nor the stub left over from creating one.
pub(super) fn is_visible(found: &Found) -> bool {
    match found {
        Found::Moved(forward) => !is_tombstone(forward),
        Found::Live(record) => !record.payload.is_empty() || record.expires_at != record.created_at,
        Found::Corrupt(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        contract::{Digest, Forward},
        stores::tombstone::tombstone,
    };

    const NOW: Timestamp = Timestamp::from_seconds(1_000);

    #[test]
    fn a_tombstone_and_its_stub_are_distinguished_from_a_session_and_from_a_forward() {
        let tombstone = tombstone(NOW, Digest::from_bytes([1; 32]));
        let forward = Forward { veiled_id: None, ..tombstone.clone() };
        let session = Record { expires_at: NOW + Duration::from_secs(1), ..stub(NOW, 2) };
        assert!(!is_visible(&Found::Moved(tombstone)) && !is_visible(&Found::Live(stub(NOW, 2))));
        for found in [Found::Moved(forward), Found::Live(session), Found::Corrupt("torn".to_owned())] {
            assert!(is_visible(&found), "{found:?}");
        }
    }
}
