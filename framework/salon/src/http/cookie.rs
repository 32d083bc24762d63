//! Cookies: their type, from the crate `cookie`, and how they are read from and written to headers.

use std::borrow::Cow;

/// The crate of the durations in which a cookie counts its age.
pub use cookie::time;
pub use cookie::{Cookie, CookieBuilder, SameSite};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use percent_encoding::percent_decode_str;

use super::Error;
pub use crate::session::tower::cookie_pairs as pairs;

/// The most bytes of a cookie's name and value together: browsers drop a longer one without a word (RFC 6265bis, 5.6).
const MAX_BYTES: usize = 4096;

/// Returns the first cookie of this name, percent-decoded.
pub(crate) fn value<'headers>(headers: &'headers HeaderMap, name: &str) -> Option<Cow<'headers, str>> {
    let (_, value) = pairs(headers).find(|(known, _)| *known == name)?;
    percent_decode_str(value).decode_utf8().ok()
}

/// A cookie that browsers would drop.
#[derive(Debug, thiserror::Error)]
#[error("the cookie `{name}` is too large ({bytes} of {MAX_BYTES} bytes): keep less in it, or put it into the session")]
struct CookieTooLarge {
    name: String,
    bytes: usize,
}

/// Appends one `Set-Cookie`, name and value percent-encoded.
///
/// ```
/// use salon::http::{Cookie, HeaderMap, cookie::append_cookie};
///
/// let mut headers = HeaderMap::new();
/// append_cookie(&mut headers, &Cookie::new("theme", "dark; light"))?;
/// assert_eq!(headers["set-cookie"], "theme=dark%3B%20light");
/// # Ok::<(), salon::http::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the cookie's name and value take more than 4096 bytes, which no browser keeps, or if its path or
/// domain holds a character that headers must not hold, for example a line break.
pub fn append_cookie(headers: &mut HeaderMap, cookie: &Cookie<'_>) -> Result<(), Error> {
    let bytes = cookie.encoded().stripped().to_string().len() - "=".len();
    if bytes > MAX_BYTES {
        return Err(CookieTooLarge { name: cookie.name().to_owned(), bytes }.into());
    }
    let value = HeaderValue::try_from(cookie.encoded().to_string())
        .map_err(|error| Error::from(error).with_status(StatusCode::INTERNAL_SERVER_ERROR))?;
    headers.append(header::SET_COOKIE, value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::COOKIE, HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    #[test]
    fn weird_bytes_cost_only_their_own_pair() {
        let headers = headers(&[b"a=1; \xff\xfe=x; no-pair;; =nameless; b=\"2\"", b"c=3=4"]);
        assert_eq!(pairs(&headers).collect::<Vec<_>>(), [("a", "1"), ("b", "2"), ("c", "3=4")]);
    }

    #[test]
    fn the_first_of_two_is_taken_and_decoded() {
        let headers = headers(&[b"n=a%20b; n=second"]);
        assert_eq!(value(&headers, "n").as_deref(), Some("a b"));
        assert_eq!(value(&headers, "m"), None);
    }

    #[test]
    fn sr_14_a_cookie_that_browsers_would_drop_is_an_error_and_not_sent() {
        let mut headers = HeaderMap::new();
        append_cookie(&mut headers, &Cookie::new("name", "x".repeat(4092))).unwrap();
        append_cookie(&mut headers, &Cookie::build(("name", "x".repeat(4092))).path("/somewhere").build()).unwrap();
        // Bytes are counted as they are sent: a space takes three.
        for value in ["x".repeat(4093), " ".repeat(1365)] {
            let error = append_cookie(&mut headers, &Cookie::new("name", value)).unwrap_err();
            assert_eq!(error.status(), StatusCode::INTERNAL_SERVER_ERROR);
            let text = error.source().unwrap().to_string();
            assert!(text.contains("`name`") && text.contains("of 4096 bytes"), "{text}");
        }
        assert_eq!(headers.len(), 2);
    }

    #[test]
    fn a_line_break_cannot_get_into_the_head() {
        let mut headers = HeaderMap::new();
        append_cookie(&mut headers, &Cookie::new("a", "x\r\nSet-Cookie: b=1")).unwrap();
        assert_eq!(headers.len(), 1);
        let evil = Cookie::build(("a", "x")).path("/\r\nX: y").build();
        assert!(append_cookie(&mut headers, &evil).is_err());
    }
}
