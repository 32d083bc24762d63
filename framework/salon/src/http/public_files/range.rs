//! Which part of a file a request asks for (RFC 9110, section 14).

use std::ops::RangeInclusive;

use http::{HeaderMap, HeaderValue, Method, header};

/// What `Range` asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The whole file. Several ranges at once, other units and malformed values count as none.
    Whole,
    /// These bytes.
    Part(RangeInclusive<u64>),
    /// Bytes that the file does not have.
    Unsatisfiable,
}

impl Wanted {
    /// Reads `Range`, for a file of this length in bytes.
    pub(super) fn new(method: &Method, headers: &HeaderMap, length: u64) -> Self {
        // Range handling is defined for GET only.
        let range = headers.get(header::RANGE).filter(|_| *method == Method::GET);
        range.and_then(|range| Self::parse(range.to_str().ok()?, length)).unwrap_or(Self::Whole)
    }

    /// Returns `None` for a value that is not one range of bytes.
    fn parse(range: &str, length: u64) -> Option<Self> {
        let (unit, range) = range.split_once('=')?;
        let (first, last) = range.trim_matches([' ', '\t']).split_once('-')?;
        if !unit.eq_ignore_ascii_case("bytes") {
            return None;
        }
        let end = length.saturating_sub(1);
        let part = match (first, last) {
            ("", suffix) => match number(suffix)? {
                0 => return Some(Self::Unsatisfiable),
                // The last bytes of an empty file are the whole file, and `Content-Range` cannot describe them.
                _ if length == 0 => return None,
                suffix => length.saturating_sub(suffix)..=end,
            },
            (first, "") => number(first)?..=end,
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                if last < first {
                    return None;
                }
                first..=last.min(end)
            }
        };
        Some(if *part.start() < length { Self::Part(part) } else { Self::Unsatisfiable })
    }
}

/// Reads digits. A number that is too large for any file counts as the largest.
fn number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

/// True if `Range` applies to the file with the validators of these headers: there is no `If-Range`, or it names the file
/// as it is (RFC 9110, section 13.1.5).
pub(super) fn still_applies(if_range: Option<&HeaderValue>, validators: &HeaderMap) -> bool {
    let Some(if_range) = if_range else { return true };
    // A weak `ETag` names no bytes. It differs from every strong one, so the comparison is a strong one.
    [header::ETAG, header::LAST_MODIFIED].iter().any(|name| validators.get(name) == Some(if_range))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(range: &str, length: u64) -> Wanted {
        let headers = HeaderMap::from_iter([(header::RANGE, range.parse().unwrap())]);
        Wanted::new(&Method::GET, &headers, length)
    }

    #[test]
    fn a_range_is_what_the_rfc_says() {
        for (range, part) in [
            ("bytes=0-0", 0..=0),
            ("bytes=2-4", 2..=4),
            ("BYTES=2-4 ", 2..=4),
            ("bytes=2-", 2..=9),
            ("bytes=2-99", 2..=9),
            ("bytes=2-99999999999999999999999", 2..=9),
            ("bytes=-5", 5..=9),
            ("bytes=-10", 0..=9),
            ("bytes=-11", 0..=9),
            ("bytes=-99999999999999999999999", 0..=9),
        ] {
            assert_eq!(wanted(range, 10), Wanted::Part(part), "{range}");
        }
        for range in ["bytes=10-", "bytes=10-12", "bytes=99999999999999999999999-", "bytes=-0"] {
            assert_eq!(wanted(range, 10), Wanted::Unsatisfiable, "{range}");
        }
        for range in [
            "items=0-1",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=4-2",
            "bytes=x-",
            "bytes=+1-2",
            "bytes=0-1,3-4",
            "bytes=1",
        ] {
            assert_eq!(wanted(range, 10), Wanted::Whole, "{range}");
        }
    }

    #[test]
    fn an_empty_file_has_no_first_byte_and_its_last_bytes_are_all_of_it() {
        assert_eq!(wanted("bytes=0-", 0), Wanted::Unsatisfiable);
        assert_eq!(wanted("bytes=0-0", 0), Wanted::Unsatisfiable);
        assert_eq!(wanted("bytes=-5", 0), Wanted::Whole);
    }
}
