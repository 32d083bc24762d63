//! Interprets the replies of Redis.

use bytes::Bytes;
use redis::Value;
use salon_database::redis::{RedisCommandError, RedisReply};

use crate::{
    contract::{Digest, Found, StoreError, StoreResult, Update, changes},
    stores::redis::value,
};

/// The reason if the result of a save can no longer be determined.
const OVERTAKEN: &str = "the connection to Redis was lost during a save, and other requests have saved since: it is not known whether the save was carried out";
pub(super) const UNEXPECTED: &str = "Redis sent a reply that none of Salon's scripts can send: check whether a proxy or another program sits in between";

/// Converts the error of a command that writes.
pub(super) fn of_write(error: RedisCommandError) -> StoreError {
    match error {
        RedisCommandError::Timeout { .. }
        | RedisCommandError::Unknown { .. }
        | RedisCommandError::TooFewReplicas { .. } => StoreError::outcome_unknown(error),
        RedisCommandError::Refused { .. } | RedisCommandError::Unreachable { .. } => error.into(),
    }
}

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

/// The result of a write with this write id over an expected version.
pub(super) fn outcome(digest: &Digest, expected: u64, write_id: u64, reply: RedisReply) -> StoreResult<Update> {
    let value = match reply.value {
        Value::Int(1) => return Ok(Update::Saved),
        Value::Int(0) => return Ok(Update::Gone),
        value => bytes(value)?,
    };
    // This is our own value: the request was sent twice, and was carried out the first time.
    if value::write_id(&value) == Some(write_id) {
        return Ok(Update::Saved);
    }
    let found = value::decode(digest, &value);
    // Whoever made the next version made it from the one that we expected, so ours was never written. If later versions
    // follow, they may be built on ours.
    let is_next = matches!(&found, Found::Live(record) if changes(record.version) == changes(expected) + 1);
    if reply.is_repeated && !is_next {
        return Err(StoreError::outcome_unknown(OVERTAKEN));
    }
    Update::refusal(Some(&found), expected).ok_or_else(|| UNEXPECTED.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Record, next_version};

    const DIGEST: Digest = Digest::from_bytes([3; 32]);

    /// The version after this many changes.
    fn version(changes: u64) -> u64 {
        (0..changes).fold(0, next_version)
    }

    fn answer(changes: u64, write_id: u64, is_repeated: bool) -> StoreResult<Update> {
        let record = Record { version: version(changes), ..Record::default() };
        let value = Value::BulkString(value::of_record(&DIGEST, &record, write_id, None));
        outcome(&DIGEST, version(4), 77, RedisReply { value, is_repeated })
    }

    #[test]
    fn f_08_a_save_that_was_sent_twice_is_recognized_by_its_write_id_and_never_taken_for_another_s() {
        assert_eq!(answer(5, 77, true).unwrap(), Update::Saved);
        assert!(matches!(answer(5, 78, true).unwrap(), Update::Conflict(record) if record.version == version(5)));
        let overtaken = answer(6, 78, true).unwrap_err();
        assert!(matches!(overtaken, StoreError::OutcomeUnknown { .. }), "{overtaken}");
        assert!(overtaken.to_string().contains("not known"), "{overtaken}");
        assert!(matches!(answer(6, 78, false).unwrap(), Update::Conflict(record) if record.version == version(6)));
    }

    #[test]
    fn f_08_a_write_without_a_reply_has_an_unknown_outcome_and_a_refused_one_was_not_carried_out() {
        let (address, source) = ("redis://there".into(), redis::RedisError::from(std::io::Error::other("broken")));
        let refused = RedisCommandError::Refused { address, source: source.clone() };
        assert!(matches!(of_write(refused.clone()), StoreError::Unavailable { .. }));
        let RedisCommandError::Refused { address, .. } = refused else { unreachable!() };
        let waited = std::time::Duration::from_secs(1);
        for error in [
            RedisCommandError::Timeout { address: address.clone(), waited },
            RedisCommandError::Unknown { address: address.clone(), source },
            RedisCommandError::TooFewReplicas { address, reached: 0, wanted: 1 },
        ] {
            assert!(matches!(of_write(error), StoreError::OutcomeUnknown { .. }));
        }
    }
}
