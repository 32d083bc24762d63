//! The responses of a server.

use bytes::Bytes;

/// A response to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// The item exists: its value, the number of its last change, and the stamp of its writer.
    Value { cas: u64, stamp: u32, value: Bytes },
    /// The request was carried out; holds the number of the change.
    Done { cas: u64 },
    /// There is no such item.
    Absent,
    /// An item already exists.
    Taken,
    /// The item has been changed since.
    Changed,
}

/// The first line of a response.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// The line is the whole response.
    Whole(Reply),
    /// A value of this length follows.
    Value { cas: u64, stamp: u32, length: usize },
    /// The server refuses the request, and says why.
    Refused(String),
}

impl Head {
    /// Parses the first line. Returns `None` if it is malformed, or belongs to another request.
    pub(super) fn read(line: &[u8], token: &str) -> Option<Self> {
        let line = std::str::from_utf8(line).ok()?;
        if line == "ERROR" || line.starts_with("CLIENT_ERROR ") || line.starts_with("SERVER_ERROR ") {
            return Some(Self::Refused(line.to_owned()));
        }
        let mut words = line.split(' ');
        let code = words.next()?;
        let length = if code == "VA" { words.next()?.parse().ok()? } else { 0 };
        let (mut cas, mut stamp, mut answers) = (0, 0, None);
        for word in words {
            match word.split_at_checked(1)? {
                ("c", number) => cas = number.parse().ok()?,
                ("f", number) => stamp = number.parse().ok()?,
                ("O", token) => answers = Some(token),
                _ => {}
            }
        }
        if answers != Some(token) {
            return None;
        }
        Some(match code {
            "VA" => Self::Value { cas, stamp, length },
            "HD" => Self::Whole(Reply::Done { cas }),
            "EN" | "NF" => Self::Whole(Reply::Absent),
            "NS" => Self::Whole(Reply::Taken),
            "EX" => Self::Whole(Reply::Changed),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_is_read() {
        let read = |line: &str| Head::read(line.as_bytes(), "7");
        assert_eq!(read("VA 12 c5 f9 O7"), Some(Head::Value { cas: 5, stamp: 9, length: 12 }));
        assert_eq!(read("HD c9 O7"), Some(Head::Whole(Reply::Done { cas: 9 })));
        assert_eq!(read("HD O7"), Some(Head::Whole(Reply::Done { cas: 0 })));
        assert_eq!(read("EN O7"), Some(Head::Whole(Reply::Absent)));
        assert_eq!(read("NF c0 O7"), Some(Head::Whole(Reply::Absent)));
        assert_eq!(read("NS c0 O7"), Some(Head::Whole(Reply::Taken)));
        assert_eq!(read("EX c0 O7"), Some(Head::Whole(Reply::Changed)));
        let refused = "SERVER_ERROR out of memory storing object";
        assert_eq!(read(refused), Some(Head::Refused(refused.to_owned())));
    }

    #[test]
    fn f_15_an_answer_without_the_token_of_its_request_is_none() {
        for line in [
            "EN",
            "EN O6",
            "EN O",
            "VA 12 c5 O77",
            "HD c9",
            "VA",
            "VA x c5 O7",
            "VA 1 f-1 O7",
            "HD cx O7",
            "OK O7",
            "",
            "EN  O7",
        ] {
            assert_eq!(Head::read(line.as_bytes(), "7"), None, "{line}");
        }
    }
}
