//! The response in a test, and assertions about it.

use bytes::Bytes;
use cookie::Cookie;
use http::{HeaderMap, StatusCode, response::Parts};
use serde_json::Value;

use super::jar::set_cookies;
use crate::session::Session;

/// A response, and the visitor's session right after it. Assertions can be chained; one that does not hold fails the
/// test.
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

    /// Returns the status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.head.status
    }

    /// Returns the headers.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// Returns a header, if it exists and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }

    /// Returns the cookie that this response sets, with its attributes; the value is percent-decoded. If it sets the
    /// cookie several times, the last one counts, as in a browser. [`TestApp::cookie`](super::TestApp::cookie) returns
    /// the one that the visitor has.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<Cookie<'static>> {
        set_cookies(self.headers()).filter(|cookie| cookie.name() == name).last()
    }

    /// Returns the body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns the body as JSON.
    ///
    /// # Panics
    /// Panics if the body is not JSON.
    #[must_use]
    #[track_caller]
    #[expect(clippy::panic, reason = "a failed assertion")]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("the body is not JSON ({error}): {}", self.text()))
    }

    /// Returns the visitor's session right after the response.
    #[must_use]
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// Asserts the status.
    ///
    /// # Panics
    /// Panics if the response has another status.
    #[track_caller]
    pub fn assert_status(&self, status: u16) -> &Self {
        assert_eq!(self.head.status.as_u16(), status, "unexpected status; the body is: {}", self.text());
        self
    }

    /// Asserts that the status is 200.
    ///
    /// # Panics
    /// Panics if the response has another status.
    #[track_caller]
    pub fn assert_ok(&self) -> &Self {
        self.assert_status(200)
    }

    /// Asserts that the response is a redirect to this location.
    ///
    /// # Panics
    /// Panics if it is not a redirect, or leads elsewhere.
    #[track_caller]
    pub fn assert_redirect(&self, location: &str) -> &Self {
        assert!(
            self.head.status.is_redirection(),
            "expected a redirect, but the status is {}; the body is: {}",
            self.head.status,
            self.text()
        );
        assert_eq!(self.header("location"), Some(location), "unexpected redirect location");
        self
    }

    /// Asserts that the body contains this text.
    ///
    /// # Panics
    /// Panics if it does not.
    #[track_caller]
    pub fn assert_see(&self, text: &str) -> &Self {
        assert!(self.text().contains(text), "`{text}` is not in the body, which is: {}", self.text());
        self
    }

    /// Asserts that the body does not contain this text.
    ///
    /// # Panics
    /// Panics if it does.
    #[track_caller]
    pub fn assert_dont_see(&self, text: &str) -> &Self {
        assert!(!self.text().contains(text), "`{text}` must not be in the body, which is: {}", self.text());
        self
    }

    /// Asserts that a header has this value.
    ///
    /// # Panics
    /// Panics if it has another value, or is missing.
    #[track_caller]
    pub fn assert_header(&self, name: &str, value: &str) -> &Self {
        assert_eq!(self.header(name), Some(value), "unexpected header `{name}`");
        self
    }

    /// Asserts that a header is missing.
    ///
    /// # Panics
    /// Panics if it exists.
    #[track_caller]
    pub fn assert_header_missing(&self, name: &str) -> &Self {
        assert_eq!(self.header(name), None, "unexpected header `{name}`");
        self
    }

    /// Asserts that the response sets a cookie to this value.
    ///
    /// ```
    /// use salon::{http::{Cookie, IntoResponse}, testing::TestApp};
    ///
    /// # salon::doc_support::block_on(async {
    /// # let app = salon::doc_support::app(|route| {
    /// #     route.get("/dark", || async { "Dark.".cookie(Cookie::new("theme", "dark blue")) })
    /// # });
    /// let mut app = TestApp::new(app).await;
    /// app.get("/dark").await.assert_cookie("theme", "dark blue");
    /// assert_eq!(app.cookie("theme"), Some("dark blue"));
    /// # });
    /// ```
    ///
    /// # Panics
    /// Panics if it sets the cookie to another value, or does not set it.
    #[track_caller]
    pub fn assert_cookie(&self, name: &str, value: &str) -> &Self {
        let found = self.cookie(name);
        assert_eq!(found.as_ref().map(Cookie::value), Some(value), "unexpected cookie `{name}`");
        self
    }

    /// Asserts that the body is this JSON.
    ///
    /// # Panics
    /// Panics if it is another value, or not JSON.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "so that `json!` can be written inline")]
    pub fn assert_json(&self, value: Value) -> &Self {
        assert_eq!(self.json(), value, "unexpected body");
        self
    }
}
