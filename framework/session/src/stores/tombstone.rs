//! The tombstone: what stays where a session has ended, so that a request which read it before cannot bring it back.
//!
//! A tombstone is a [forward](Forward) that leads nowhere. No store creates a record over a forward, touches it, locks it or
//! removes it before it expires, so a late request is refused by the rules that hold for every renewed session. It stays for
//! [longer than any request takes](LONGER_THAN_A_REQUEST). Callers never see it: to them there is no session.
//!
//! The fallback driver leaves one in its primary, through `rotate`, because a record may still be on its way from the fallback.
//! The memcached driver leaves one because a removal that has to be repeated could not be recognized: what is gone bears no
//! [write id](crate::contract::write_id). The other drivers need none, since only `create` makes a record and a digest is used once: Redis
//! deletes the key in a script, and the SQL, file and memory drivers delete the record. The cookie driver's list of revocations
//! has entries of another kind, because they must outlive the cookie, not a request.

use salon_core::support::Timestamp;

use crate::{
    contract::{Digest, Forward, Found},
    limits::LONGER_THAN_A_REQUEST,
};

/// A value that no real forward holds, because there it is the encrypted bytes of an id.
const NOWHERE: [u8; 32] = *b"salon: this session has ended...";

/// A tombstone for a session that ends at this moment. `successor` is where it appears to lead.
pub(super) fn tombstone(now: Timestamp, successor: Digest) -> Forward {
    let until = now + LONGER_THAN_A_REQUEST;
    Forward { successor, veiled_id: Some(NOWHERE), until, expires_at: until }
}

pub(super) fn is_tombstone(forward: &Forward) -> bool {
    forward.veiled_id == Some(NOWHERE)
}

/// What was found, as callers see it that do not know about tombstones.
pub(super) fn without_tombstone(found: Found) -> Option<Found> {
    match found {
        Found::Moved(forward) if is_tombstone(&forward) => None,
        found => Some(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Record;

    #[test]
    fn a_tombstone_is_hidden_and_a_forward_is_not() {
        let tombstone = tombstone(Timestamp::from_seconds(1_000), Digest::from_bytes([1; 32]));
        assert_eq!(tombstone.expires_at, Timestamp::from_seconds(1_300));
        let forward = Forward { veiled_id: None, ..tombstone.clone() };
        for found in [Found::Moved(forward), Found::Live(Record::default()), Found::Corrupt("torn".to_owned())] {
            assert_eq!(without_tombstone(found.clone()), Some(found));
        }
        assert_eq!(without_tombstone(Found::Moved(tombstone)), None);
    }
}
