//! The responses of a server, and the first line of each.

use super::item::Item;

/// The response to a [`MetaCommand`](super::meta_command::MetaCommand).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MetaResponse {
    /// The item exists.
    Value(Item),
    /// The command was carried out; holds the compare-and-swap number of the item.
    Done { cas: u64 },
    /// There is no such item.
    NotFound,
    /// An item already exists.
    NotStored,
    /// The item has been changed since.
    Changed,
}

/// The first line of a response.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ResponseLine {
    /// The line is the whole response.
    Complete(MetaResponse),
    /// A value of this length follows.
    Value { cas: u64, flags: u32, length: usize },
    /// The server refuses the command, and says why.
    Refused(String),
}

impl ResponseLine {
    /// Parses the line. Returns `None` if it is malformed, or belongs to another command.
    pub(super) fn parse(line: &[u8], token: &str) -> Option<Self> {
        let line = std::str::from_utf8(line).ok()?;
        if line == "ERROR" || line.starts_with("CLIENT_ERROR ") || line.starts_with("SERVER_ERROR ") {
            return Some(Self::Refused(line.to_owned()));
        }
        let mut words = line.split(' ');
        let code = words.next()?;
        let length = if code == "VA" { words.next()?.parse().ok()? } else { 0 };
        let (mut cas, mut flags, mut opaque) = (0, 0, None);
        for word in words {
            match word.split_at_checked(1)? {
                ("c", number) => cas = number.parse().ok()?,
                ("f", number) => flags = number.parse().ok()?,
                ("O", token) => opaque = Some(token),
                _ => {}
            }
        }
        if opaque != Some(token) {
            return None;
        }
        Some(match code {
            "VA" => Self::Value { cas, flags, length },
            "HD" => Self::Complete(MetaResponse::Done { cas }),
            "EN" | "NF" => Self::Complete(MetaResponse::NotFound),
            "NS" => Self::Complete(MetaResponse::NotStored),
            "EX" => Self::Complete(MetaResponse::Changed),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_response_is_parsed() {
        let parse = |line: &str| ResponseLine::parse(line.as_bytes(), "7");
        let complete = |response| Some(ResponseLine::Complete(response));
        assert_eq!(parse("VA 12 c5 f9 O7"), Some(ResponseLine::Value { cas: 5, flags: 9, length: 12 }));
        assert_eq!(parse("HD c9 O7"), complete(MetaResponse::Done { cas: 9 }));
        assert_eq!(parse("HD O7"), complete(MetaResponse::Done { cas: 0 }));
        assert_eq!(parse("EN O7"), complete(MetaResponse::NotFound));
        assert_eq!(parse("NF c0 O7"), complete(MetaResponse::NotFound));
        assert_eq!(parse("NS c0 O7"), complete(MetaResponse::NotStored));
        assert_eq!(parse("EX c0 O7"), complete(MetaResponse::Changed));
        let refused = "SERVER_ERROR out of memory storing object";
        assert_eq!(parse(refused), Some(ResponseLine::Refused(refused.to_owned())));
    }

    #[test]
    fn f_15_a_response_without_the_token_of_its_command_is_refused() {
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
            assert_eq!(ResponseLine::parse(line.as_bytes(), "7"), None, "{line}");
        }
    }
}
