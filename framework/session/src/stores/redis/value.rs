//! The format of a session in Redis: one string, with the numbers that scripts need in front of the envelope.

use std::num::NonZeroU64;

use bytes::Bytes;
use salon_core::support::Timestamp;

use crate::{
    codec::{self, Reader},
    contract::{Digest, Forward, Found, Lock, Record},
};

/// Seven numbers of 8 bytes, little-endian: version, active at, expires at, the lock's owner and its end, the write id,
/// and the end of the entry in the user's index. Where the envelope has the same numbers, these are newer, because a
/// touch and a lock change only them.
const HEADER: usize = 7 * 8;
/// The index of the write id.
const WRITE_ID: usize = 5;

/// The beginning of a record's value, without the last number.
pub(super) fn head(record: &Record, write_id: u64) -> Vec<u8> {
    let (owner, until) = record.lock.map_or((0, 0), |lock| (lock.owner.get(), lock.until.as_milliseconds()));
    let (active_at, expires_at) = (record.active_at.as_milliseconds(), record.expires_at.as_milliseconds());
    numbers([record.version, active_at, expires_at, owner, until, write_id])
}

/// A record's value.
pub(super) fn of_record(digest: &Digest, record: &Record, write_id: u64, indexed_until: Option<Timestamp>) -> Vec<u8> {
    let indexed_until = indexed_until.unwrap_or_default().as_milliseconds().to_le_bytes();
    [&head(record, write_id)[..], &indexed_until, &codec::encode(digest, record)].concat()
}

/// The value of a forward. It has no version.
pub(super) fn of_forward(digest: &Digest, forward: &Forward, write_id: u64) -> Vec<u8> {
    let head = numbers([0, 0, forward.expires_at.as_milliseconds(), 0, 0, write_id]);
    [&head[..], &[0; 8], &codec::encode_forward(digest, forward)].concat()
}

fn numbers(numbers: [u64; 6]) -> Vec<u8> {
    numbers.map(u64::to_le_bytes).concat()
}

fn number(bytes: &[u8], index: usize) -> Option<u64> {
    Reader::new(bytes.get(index * 8..)?).number()
}

/// The end of another request's lock, from the reply of a script.
pub(super) fn moment(bytes: &[u8]) -> Option<Timestamp> {
    number(bytes, 0).map(Timestamp::from_milliseconds)
}

/// The [write id](crate::contract::write_id) of a value.
pub(super) fn write_id(value: &[u8]) -> Option<u64> {
    number(value, WRITE_ID)
}

/// When the session expires, read from the beginning of a value; `None` if it is not a session.
pub(super) fn end_of_session(head: &[u8]) -> Option<Timestamp> {
    let is_live = head.get(HEADER..)?.starts_with(&codec::LIVE_RECORD);
    number(head, 2).filter(|_| is_live).map(Timestamp::from_milliseconds)
}

/// How many bytes of a value [`end_of_session`] needs.
pub(super) const HEAD_OF_SESSION: usize = HEADER + codec::LIVE_RECORD.len();

/// Reads a value.
pub(super) fn decode(digest: &Digest, value: &Bytes) -> Found {
    if value.len() < HEADER {
        return Found::Corrupt("it is shorter than its header".to_owned());
    }
    match codec::decode(digest, &value.slice(HEADER..)) {
        Found::Live(record) => {
            let number = |index| number(value, index).unwrap_or_default();
            let moment = |index| Timestamp::from_milliseconds(number(index));
            let lock = NonZeroU64::new(number(3)).map(|owner| Lock { owner, until: moment(4) });
            Found::Live(Record { version: number(0), active_at: moment(1), expires_at: moment(2), lock, ..record })
        }
        found => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: Digest = Digest::from_bytes([3; 32]);
    /// Where the last number begins. Only the scripts know its value.
    const HEAD: usize = 6 * 8;

    #[test]
    fn scripts_tell_a_record_by_the_same_bytes_as_we_do_and_find_its_user_at_the_same_place() {
        assert_eq!(codec::LIVE_RECORD, *b"SALN\x02\x01");
        let record = Record { version: 7, user: Some("ada".into()), ..Record::default() };
        let value = of_record(&DIGEST, &record, 1, None);
        // Lua counts from 1.
        assert_eq!(value[57 - 1..62], codec::LIVE_RECORD);
        assert_eq!(value[139 - 1..142], 3_u32.to_le_bytes());
        assert_eq!(&value[143 - 1..145], b"ada");
        assert_eq!(&codec::encode(&DIGEST, &record)[87 - 1..89], b"ada");
    }

    #[test]
    fn what_is_in_front_of_the_envelope_is_what_counts() {
        let lock = NonZeroU64::new(9).map(|owner| Lock { owner, until: Timestamp::from_seconds(8) });
        let record = Record { version: 7, expires_at: Timestamp::from_seconds(5), ..Record::default() };
        let now = Record { version: 8, expires_at: Timestamp::from_seconds(6), lock, ..record.clone() };
        let value = [&head(&now, 77)[..], &of_record(&DIGEST, &record, 1, None)[HEAD..]].concat();
        assert_eq!((write_id(&value), end_of_session(&value)), (Some(77), Some(Timestamp::from_seconds(6))));
        assert_eq!(decode(&DIGEST, &value.into()), Found::Live(now));
    }

    #[test]
    fn sr_45_a_value_that_was_torn_or_lies_under_another_key_is_not_read() {
        let value = of_record(&DIGEST, &Record { version: 1, ..Record::default() }, 1, None);
        for length in 0..value.len() {
            let torn = Bytes::copy_from_slice(&value[..length]);
            assert!(matches!(decode(&DIGEST, &torn), Found::Corrupt(_)), "{length}");
        }
        assert!(matches!(decode(&Digest::from_bytes([4; 32]), &value.into()), Found::Corrupt(_)));
    }
}
