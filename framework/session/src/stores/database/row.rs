//! Converts records to rows and back.
//!
//! The envelope in the column `record` holds the truth: it is bound to the digest and has a checksum. The other columns
//! are what the database searches by, in whole seconds. A touch changes only them.

use std::sync::Arc;

use salon_core::support::Timestamp;
use salon_database::sql::{Row, Value};

use crate::{
    codec::{decode, encode, encode_forward},
    contract::{Digest, Forward, Found, Record},
};

/// How many characters of a user the column holds, so that it fits into the index of every database. The envelope holds
/// all of them.
const USER: usize = 191;

/// What this row holds under its digest.
pub(super) fn found(digest: &Digest, row: &Row) -> Found {
    match decode(digest, &row.record) {
        Found::Live(record) if i64::try_from(record.version) != Ok(row.version) => {
            Found::Corrupt("its row has a different version".to_owned())
        }
        Found::Live(mut record) => {
            if row.active_at > seconds(record.active_at) {
                record.active_at = moment(row.active_at);
            }
            if row.expires_at > seconds_rounded_up(record.expires_at) {
                record.expires_at = moment(row.expires_at);
            }
            Found::Live(record)
        }
        found => found,
    }
}

/// True if this row was written by the write with this number.
pub(super) fn is_of(row: &Row, write_id: u64) -> bool {
    row.save_id.cast_unsigned() == write_id
}

/// The digest of a row. Rows with a digest of another length are not ours.
pub(super) fn digest(row: &Row) -> Option<Digest> {
    row.digest.as_slice().try_into().ok().map(Digest::from_bytes)
}

/// The values of a record's columns, except the digest.
pub(super) fn columns(digest: &Digest, record: &Record, write_id: u64) -> [Value; 7] {
    [
        version(record.version),
        Value::Text(record.user.as_deref().map(user)),
        Value::Number(seconds(record.created_at)),
        Value::Number(seconds(record.active_at)),
        Value::Number(seconds_rounded_up(record.expires_at)),
        Value::Number(write_id.cast_signed()),
        Value::Bytes(encode(digest, record).into()),
    ]
}

/// The values of a forward's columns: when it expires, and the envelope.
pub(super) fn forward_columns(digest: &Digest, forward: &Forward) -> [Value; 2] {
    [Value::Number(seconds_rounded_up(forward.expires_at)), Value::Bytes(encode_forward(digest, forward).into())]
}

pub(super) fn key(digest: &Digest) -> Value {
    Value::Digest(*digest.as_bytes())
}

/// The column's value for a version. A version that is too large matches no row.
pub(super) fn version(version: u64) -> Value {
    Value::Number(i64::try_from(version).unwrap_or(i64::MIN))
}

/// A user as stored in the column. PostgreSQL's text type cannot contain a zero byte.
pub(super) fn user(user: &str) -> Arc<str> {
    user.chars().take(USER).map(|letter| if letter == '\0' { '\u{fffd}' } else { letter }).collect::<String>().into()
}

pub(super) fn seconds(moment: Timestamp) -> i64 {
    i64::try_from(moment.as_seconds()).unwrap_or(i64::MAX)
}

/// Rounds up, so that nothing is removed early.
pub(super) fn seconds_rounded_up(moment: Timestamp) -> i64 {
    i64::try_from(moment.as_milliseconds().div_ceil(1_000)).unwrap_or(i64::MAX)
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(u64::try_from(seconds).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    const DIGEST: Digest = Digest::from_bytes([1; 32]);

    fn row_of(record: &Record) -> Row {
        Row {
            digest: DIGEST.as_bytes().to_vec(),
            version: i64::try_from(record.version).unwrap(),
            active_at: seconds(record.active_at),
            expires_at: seconds_rounded_up(record.expires_at),
            save_id: 0,
            record: encode(&DIGEST, record).into(),
        }
    }

    fn record() -> Record {
        let (active_at, expires_at) = (Timestamp::from_milliseconds(10_400), Timestamp::from_milliseconds(20_400));
        Record { version: 3, active_at, expires_at, payload: Bytes::from_static(b"data"), ..Record::default() }
    }

    #[test]
    fn milliseconds_survive_and_a_touch_counts() {
        let row = row_of(&record());
        assert_eq!((row.active_at, row.expires_at), (10, 21));
        assert_eq!(found(&DIGEST, &row), Found::Live(record()));
        let touched = Row { active_at: 12, expires_at: 22, ..row };
        let (active_at, expires_at) = (Timestamp::from_seconds(12), Timestamp::from_seconds(22));
        assert_eq!(found(&DIGEST, &touched), Found::Live(Record { active_at, expires_at, ..record() }));
    }

    #[test]
    fn sr_45_a_row_with_another_one_s_record_is_corrupt() {
        let row = row_of(&record());
        assert!(matches!(found(&Digest::from_bytes([2; 32]), &row), Found::Corrupt(_)));
        assert!(matches!(found(&DIGEST, &Row { version: 4, ..row }), Found::Corrupt(_)));
    }

    #[test]
    fn a_user_s_column_holds_what_every_database_takes() {
        assert_eq!(&*user("ada\0"), "ada\u{fffd}");
        assert_eq!(user(&"é".repeat(500)).chars().count(), USER);
    }
}
