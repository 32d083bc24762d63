//! The answer to a test, and what can be said of it.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, response::Parts};
use serde_json::Value;

use crate::session::Session;

/// An answer, and the visitor's session as it was right after it. Assertions chain; a wrong one fails the test.
#[derive(Debug)]
pub struct TestResponse {
    head: Parts,
    body: Bytes,
    pub(super) session: Session,
}

impl TestResponse {
    pub(super) const fn new(head: Parts, body: Bytes, session: Session) -> Self {
        Self { head, body, session }
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.head.status
    }

    /// The headers.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// A header, if it is there and text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// It is none.
    #[must_use]
    #[track_caller]
    #[expect(clippy::panic, reason = "a failed assertion")]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("the body is no JSON ({error}): {}", self.text()))
    }

    /// The visitor's session right after the answer.
    #[must_use]
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// The status is this one.
    ///
    /// # Panics
    /// It is another.
    #[track_caller]
    pub fn assert_status(&self, status: u16) -> &Self {
        assert_eq!(self.head.status.as_u16(), status, "the status; the body is: {}", self.text());
        self
    }

    /// The status is 200.
    ///
    /// # Panics
    /// It is another.
    #[track_caller]
    pub fn assert_ok(&self) -> &Self {
        self.assert_status(200)
    }

    /// The answer is a redirect to this place.
    ///
    /// # Panics
    /// It is none, or leads elsewhere.
    #[track_caller]
    pub fn assert_redirect(&self, location: &str) -> &Self {
        assert!(
            self.head.status.is_redirection(),
            "a redirect, not {}; the body is: {}",
            self.head.status,
            self.text()
        );
        assert_eq!(self.header("location"), Some(location), "where the redirect leads");
        self
    }

    /// The body contains this text.
    ///
    /// # Panics
    /// It does not.
    #[track_caller]
    pub fn assert_see(&self, text: &str) -> &Self {
        assert!(self.text().contains(text), "`{text}` in the body, which is: {}", self.text());
        self
    }

    /// The body does not contain this text.
    ///
    /// # Panics
    /// It does.
    #[track_caller]
    pub fn assert_dont_see(&self, text: &str) -> &Self {
        assert!(!self.text().contains(text), "no `{text}` in the body, which is: {}", self.text());
        self
    }

    /// A header has this value.
    ///
    /// # Panics
    /// It has another, or is missing.
    #[track_caller]
    pub fn assert_header(&self, name: &str, value: &str) -> &Self {
        assert_eq!(self.header(name), Some(value), "the header `{name}`");
        self
    }

    /// A header is missing.
    ///
    /// # Panics
    /// It is there.
    #[track_caller]
    pub fn assert_header_missing(&self, name: &str) -> &Self {
        assert_eq!(self.header(name), None, "the header `{name}`");
        self
    }

    /// The body is this JSON.
    ///
    /// # Panics
    /// It is another, or none.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "so that `json!` may be written in place")]
    pub fn assert_json(&self, value: Value) -> &Self {
        assert_eq!(self.json(), value, "the body");
        self
    }
}
