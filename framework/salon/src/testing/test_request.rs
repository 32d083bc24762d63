//! A request in a test.

use std::net::SocketAddr;

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde::Serialize;

use super::{TestApp, TestResponse};
use crate::http::Body;

/// A request that a test is about to send.
///
/// ```
/// use salon::{http::Method, testing::TestApp};
///
/// # salon::doc_support::block_on(async {
/// # let app = salon::doc_support::app(|route| { route.put("/name", || async { "Saved." }); });
/// let mut app = TestApp::new(app).await;
/// let request = app.request(Method::PUT, "/name").form(&[("name", "Ada")]).header("accept-language", "en");
/// request.send().await.assert_ok();
///
/// let request = app.request(Method::PUT, "/name").form(&[("name", "Eve")]).without_csrf_token();
/// request.send().await.assert_status(419);
/// # });
/// ```
#[derive(Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct TestRequest<'a> {
    app: &'a mut TestApp,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
    with_csrf_token: bool,
}

impl<'a> TestRequest<'a> {
    pub(super) fn new(app: &'a mut TestApp, method: Method, path: &str) -> Self {
        let with_csrf_token = !matches!(method, Method::GET | Method::HEAD | Method::OPTIONS);
        Self { app, method, path: path.to_owned(), headers: HeaderMap::new(), body: Vec::new(), with_csrf_token }
    }

    /// Adds a header.
    ///
    /// # Panics
    /// Panics if the name or the value is not valid in a header.
    #[expect(clippy::panic, reason = "a test with a broken header has failed")]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), Ok(value)) => drop(self.headers.append(name, value)),
            _ => panic!("`{name}: {value}` is not a valid header"),
        }
        self
    }

    /// Sends a form.
    ///
    /// # Panics
    /// Panics if serde cannot serialize it as a form.
    #[expect(clippy::panic, reason = "a test with a broken form has failed")]
    pub fn form(mut self, form: &impl Serialize) -> Self {
        self.body = serde_html_form::to_string(form).unwrap_or_else(|error| panic!("{error}")).into_bytes();
        self.header("content-type", "application/x-www-form-urlencoded")
    }

    /// Sends JSON, and accepts JSON.
    ///
    /// # Panics
    /// Panics if serde cannot serialize it.
    #[expect(clippy::panic, reason = "a test with a broken body has failed")]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        self.body = serde_json::to_vec(body).unwrap_or_else(|error| panic!("{error}"));
        self.header("content-type", "application/json").header("accept", "application/json")
    }

    /// Leaves out the CSRF token, to test that it is required.
    pub const fn without_csrf_token(mut self) -> Self {
        self.with_csrf_token = false;
        self
    }

    /// Sends the request, and stores the cookies of the response.
    ///
    /// # Panics
    /// Panics if the path is invalid, or if the response's body breaks off.
    #[expect(clippy::panic, reason = "a test that cannot send its request has failed")]
    pub async fn send(mut self) -> TestResponse {
        if self.with_csrf_token && !self.headers.contains_key("x-csrf-token") {
            let token = self.app.csrf_token().await;
            self = self.header("x-csrf-token", &token);
        }
        let mut request = http::Request::new(Body::from(self.body));
        *request.method_mut() = self.method;
        *request.uri_mut() =
            self.path.parse().unwrap_or_else(|error| panic!("`{}` is not a valid path: {error}", self.path));
        *request.headers_mut() = self.headers;
        request.headers_mut().entry(header::HOST).or_insert(HeaderValue::from_static("localhost"));
        if let Some(cookies) = self.app.jar_mut().header() {
            request.headers_mut().insert(header::COOKIE, cookies);
        }
        let peer = SocketAddr::from(([127, 0, 0, 1], 40_000));
        let response = self.app.application().handle(request, Some(peer)).await;
        self.app.jar_mut().follow(response.headers());
        let (head, body) = response.into_parts();
        let body = body.collect(usize::MAX).await.unwrap_or_else(|error| panic!("the response breaks off: {error}"));
        TestResponse::new(head, body, self.app.session_after().await)
    }
}
