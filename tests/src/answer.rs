//! The response to a request.

use bytes::Bytes;
use hyper::{HeaderMap, StatusCode, Version};
use serde_json::Value;

/// A response, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The protocol version of the response.
    pub version: Version,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// A header, if it is present.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Every `Set-Cookie`.
    #[must_use]
    pub fn cookies(&self) -> Vec<&str> {
        self.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()).collect()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[must_use]
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {:?}", self.text()))
    }

    /// Asserts the status.
    #[track_caller]
    pub fn assert_status(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }

    /// Asserts that the body contains a text.
    #[track_caller]
    pub fn assert_see(&self, text: &str) -> &Self {
        assert!(self.text().contains(text), "{text:?} is missing in:\n{}", self.text());
        self
    }

    /// Asserts that the body does not contain a text.
    #[track_caller]
    pub fn assert_dont_see(&self, text: &str) -> &Self {
        assert!(!self.text().contains(text), "{text:?} is in:\n{}", self.text());
        self
    }

    /// Asserts that it sets no cookie.
    #[track_caller]
    pub fn assert_no_cookie(&self) -> &Self {
        assert_eq!(self.cookies(), Vec::<&str>::new());
        self
    }
}
