//! What a store learns from the first bytes of a file, without reading the rest.

use salon_core::support::Timestamp;

use super::{
    envelope::{FORMAT, HEADER, LIVE, MAGIC, MOVED, NONE, NUMBERS},
    reader::Reader,
};

/// What the first bytes of a record say. Nothing in it is verified: only the complete record shows whether it is
/// intact.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Head<'a> {
    /// A session.
    Live { expires_at: Timestamp, user: User<'a> },
    /// A forward to a successor.
    Moved { expires_at: Timestamp },
    /// A record that ends before its `expires_at`, or an empty file: what a power cut leaves. It can never be read.
    Torn,
    /// Not a record, or one of an unknown format.
    Unknown,
}

/// The user who is logged in, as far as the first bytes say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct User<'a> {
    length: Option<u32>,
    /// The user, or the beginning of a long one.
    text: &'a [u8],
}

impl<'a> Head<'a> {
    /// How many bytes to read: the envelope, the numbers, and a user of up to 64 bytes.
    pub(crate) const LENGTH: usize = HEADER + NUMBERS + 4 + 64;

    /// Reads the first bytes of a file, or all of them if it is shorter.
    pub(crate) fn read(bytes: &'a [u8]) -> Self {
        let (magic, rest) = bytes.split_at(bytes.len().min(MAGIC.len()));
        // After a power cut, a file system may have kept the length of a file and lost its bytes.
        let is_blank = bytes.iter().all(|byte| *byte == 0);
        match rest {
            _ if is_blank => Self::Torn,
            _ if !MAGIC.starts_with(magic) => Self::Unknown,
            [FORMAT, kind @ (LIVE | MOVED), rest @ ..] => Self::of(*kind, rest).unwrap_or(Self::Torn),
            [] | [FORMAT] => Self::Torn,
            _ => Self::Unknown,
        }
    }

    fn of(kind: u8, rest: &'a [u8]) -> Option<Self> {
        let body = rest.get(HEADER - 6..)?;
        let moment = |from| Some(Timestamp::from_milliseconds(Reader::new(body.get(from..)?).number()?));
        if kind == MOVED {
            return Some(Self::Moved { expires_at: moment(0)? });
        }
        Some(Self::Live { expires_at: moment(24)?, user: User::read(body.get(NUMBERS..)?) })
    }

    /// Returns when the file may be removed, if that is known.
    pub(crate) const fn expires_at(&self) -> Option<Timestamp> {
        match self {
            Self::Live { expires_at, .. } | Self::Moved { expires_at } => Some(*expires_at),
            Self::Torn | Self::Unknown => None,
        }
    }
}

impl<'a> User<'a> {
    fn read(body: &'a [u8]) -> Self {
        let mut reader = Reader::new(body);
        let Some(length) = reader.length() else { return Self::default() };
        let text = reader.rest();
        let end = usize::try_from(length).unwrap_or(usize::MAX).min(text.len());
        if length == NONE { Self::default() } else { Self { length: Some(length), text: &text[..end] } }
    }

    /// True if it may be this user. False is certain.
    pub(crate) fn may_be(&self, user: &str) -> bool {
        self.length.is_some_and(|length| usize::try_from(length) == Ok(user.len()))
            && user.as_bytes().starts_with(self.text)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{
        codec::{decode, encode, encode_forward},
        contract::{Digest, Forward, Found, Record},
    };

    const DIGEST: Digest = Digest::from_bytes([1; 32]);

    fn record(user: Option<&str>) -> Vec<u8> {
        let expires_at = Timestamp::from_seconds(7);
        let payload = Bytes::from(vec![9; 400]);
        encode(&DIGEST, &Record { version: 1, expires_at, user: user.map(Into::into), payload, ..Record::default() })
    }

    fn user_of(bytes: &[u8]) -> User<'_> {
        match Head::read(bytes) {
            Head::Live { user, .. } => user,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_head_says_when_a_record_has_expired() {
        let bytes = record(Some("ada"));
        assert_eq!(Head::read(&bytes[..Head::LENGTH]).expires_at(), Some(Timestamp::from_seconds(7)));
        let (until, expires_at) = (Timestamp::from_seconds(5), Timestamp::from_seconds(9));
        let bytes = encode_forward(&DIGEST, &Forward { successor: DIGEST, veiled_id: None, until, expires_at });
        assert_eq!(Head::read(&bytes), Head::Moved { expires_at });
    }

    #[test]
    fn a_user_is_told_from_every_other_but_for_names_that_are_too_long_for_the_head() {
        let (long, longer) = ("a".repeat(100), format!("{}b", "a".repeat(99)));
        for user in ["", "ada", &long] {
            let bytes = record(Some(user));
            let found = user_of(&bytes[..Head::LENGTH]);
            assert!(found.may_be(user), "{user}");
            assert!(!found.may_be("bea") && !found.may_be("adam") && !found.may_be("ad"), "{user}");
            assert_eq!(found.may_be(&longer), user.len() > 64);
        }
        assert!(!user_of(&record(None)).may_be(""), "a guest is not a user with an empty name");
    }

    #[test]
    fn what_is_torn_is_told_from_what_another_wrote() {
        let bytes = record(None);
        for length in 0..HEADER + NUMBERS {
            assert_eq!(Head::read(&bytes[..length]), Head::Torn, "{length}");
        }
        assert!(Head::read(&bytes[..HEADER + NUMBERS]).expires_at().is_some());
        assert_eq!(Head::read(&[0; 100]), Head::Torn);
        for foreign in [&b"x"[..], b"SALX", b"SALN\x01", b"SALN\x02\x07", b"# a note", b"\0\0x"] {
            assert_eq!(Head::read(foreign), Head::Unknown, "{foreign:?}");
        }
    }

    /// A file whose head is torn is never a session that could still be read.
    #[test]
    fn no_torn_file_can_be_read() {
        let bytes = record(Some("ada"));
        for length in 0..=bytes.len() {
            if Head::read(&bytes[..length]) == Head::Torn {
                let found = decode(&DIGEST, &Bytes::copy_from_slice(&bytes[..length]));
                assert!(matches!(found, Found::Corrupt(_)), "{length}");
            }
        }
    }
}
