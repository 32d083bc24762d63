//! The visitor's cookies.

use std::fmt;

use cookie::{Cookie, CookieJar};
use http::{HeaderMap, HeaderValue, header};

/// The cookies that a browser would store and send.
#[derive(Clone, Default)]
pub(super) struct Jar(CookieJar);

/// Anyone with a session's cookie has the session, so only the names are shown.
impl fmt::Debug for Jar {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.iter().map(Cookie::name)).finish()
    }
}

impl Jar {
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.0.add_original(Cookie::new(name.to_owned(), value.to_owned()));
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(Cookie::value)
    }

    pub(super) fn clear(&mut self) {
        self.0 = CookieJar::new();
    }

    /// Applies the cookies that a response sets and removes.
    pub(super) fn follow(&mut self, headers: &HeaderMap) {
        for cookie in set_cookies(headers) {
            if cookie.max_age().is_some_and(cookie::time::Duration::is_zero) {
                self.0.force_remove(cookie.name());
            } else {
                self.0.add_original(cookie);
            }
        }
    }

    /// Returns the header to send, if there are cookies.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let pairs: Vec<String> = self.0.iter().map(|cookie| cookie.encoded().stripped().to_string()).collect();
        (!pairs.is_empty()).then(|| HeaderValue::try_from(pairs.join("; ")).ok()).flatten()
    }
}

/// Returns the cookies that a response sets, percent-decoded.
pub(super) fn set_cookies(headers: &HeaderMap) -> impl Iterator<Item = Cookie<'static>> {
    let cookies = headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.filter_map(|text| Cookie::parse_encoded(text.to_owned()).ok())
}
