//! Interprets the replies of Redis.

use bytes::Bytes;
use redis::Value;
use salon_database::redis::RedisReply;

use crate::{
    contract::error::StoreResult,
    contract::{id::Digest, record::Found, store::Update},
    stores::redis::value,
};

/// The error for a save whose result can no longer be determined.
const UNSEEN: &str = "the connection to Redis was lost during a save, and other requests have saved since: it is not known whether the save was carried out";
pub(super) const UNEXPECTED: &str = "Redis sent a reply that none of Salon's scripts can send: check whether a proxy or another program sits in between";

/// The bytes of a value that must be there.
pub(super) fn bytes(value: Value) -> StoreResult<Bytes> {
    match value {
        Value::BulkString(bytes) => Ok(bytes.into()),
        _ => Err(UNEXPECTED.into()),
    }
}

/// What a value that may be missing says.
pub(super) fn found(digest: &Digest, value: Value) -> StoreResult<Option<Found>> {
    match value {
        Value::Nil => Ok(None),
        value => Ok(Some(value::decode(digest, &bytes(value)?))),
    }
}

/// The result of a write with this stamp over an expected version.
pub(super) fn outcome(digest: &Digest, expected: u64, stamp: u64, reply: RedisReply) -> StoreResult<Update> {
    let value = match reply.value {
        Value::Int(1) => return Ok(Update::Saved),
        Value::Int(0) => return Ok(Update::Gone),
        value => bytes(value)?,
    };
    // This is our own value: the request was sent twice, and was carried out the first time.
    if value::stamp(&value) == Some(stamp) {
        return Ok(Update::Saved);
    }
    let found = value::decode(digest, &value);
    // Whoever made the next version made it from the one that we expected, so ours was never written. If later versions
    // follow, they may be built on ours.
    let is_next = matches!(&found, Found::Live(record) if record.version == expected.saturating_add(1));
    if reply.is_repeated && !is_next {
        return Err(UNSEEN.into());
    }
    Update::refusal(Some(&found), expected).ok_or_else(|| UNEXPECTED.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::record::Record;

    const DIGEST: Digest = Digest::from_bytes([3; 32]);

    fn answer(version: u64, stamp: u64, is_repeated: bool) -> StoreResult<Update> {
        let record = Record { version, ..Record::default() };
        let value = Value::BulkString(value::of_record(&DIGEST, &record, stamp, None));
        outcome(&DIGEST, 4, 77, RedisReply { value, is_repeated })
    }

    #[test]
    fn f_08_a_save_that_was_sent_twice_is_recognized_by_its_stamp_and_never_taken_for_another_s() {
        assert_eq!(answer(5, 77, true).unwrap(), Update::Saved);
        assert!(matches!(answer(5, 78, true).unwrap(), Update::Conflict(record) if record.version == 5));
        let covered = answer(6, 78, true).unwrap_err().to_string();
        assert!(covered.contains("not known"), "{covered}");
        assert!(matches!(answer(6, 78, false).unwrap(), Update::Conflict(record) if record.version == 6));
    }
}
