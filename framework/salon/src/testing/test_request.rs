//! A request in a test.

use std::net::SocketAddr;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
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
    follows_redirects: bool,
}

impl<'a> TestRequest<'a> {
    pub(super) fn new(app: &'a mut TestApp, method: Method, path: &str) -> Self {
        Self {
            app,
            method,
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: Vec::new(),
            with_csrf_token: true,
            follows_redirects: false,
        }
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

    /// Sends these bytes under this content type.
    ///
    /// ```
    /// use salon::{http::Method, testing::TestApp};
    ///
    /// # salon::doc_support::block_on(async {
    /// # let app = salon::doc_support::app(|route| route.put("/note", |text: String| async { text }));
    /// let mut app = TestApp::new(app).await;
    /// let request = app.request(Method::PUT, "/note").raw_body("Remember the milk.", "text/plain");
    /// request.send().await.assert_see("Remember the milk.");
    /// # });
    /// ```
    ///
    /// # Panics
    /// Panics if the content type is not valid in a header.
    pub fn raw_body(mut self, body: impl Into<Vec<u8>>, content_type: &str) -> Self {
        self.body = body.into();
        self.headers.remove(header::CONTENT_TYPE);
        self.header("content-type", content_type)
    }

    /// Leaves out the CSRF token, to test that it is required.
    pub const fn without_csrf_token(mut self) -> Self {
        self.with_csrf_token = false;
        self
    }

    /// Follows redirects within the app, as a browser does, and returns the last response. After a 303, and after a 301
    /// or 302 of a POST, the next request is a GET without a body; after a 307 or 308 it is the same request again. A
    /// redirect to another site is not followed: it is the response.
    ///
    /// ```
    /// use salon::{http::{Method, redirect}, testing::TestApp};
    ///
    /// # salon::doc_support::block_on(async {
    /// # let app = salon::doc_support::app(|route| {
    /// #     route.post("/save", || async { redirect().to("/notes").with("success", "Saved.") });
    /// #     route.get("/notes", |session: salon::session::Session| async move { session.get_flash::<String>("success").unwrap().unwrap() });
    /// # });
    /// let mut app = TestApp::new(app).await;
    /// let page = app.request(Method::POST, "/save").follow_redirects().send().await;
    /// page.assert_ok().assert_see("Saved.");
    /// # });
    /// ```
    pub const fn follow_redirects(mut self) -> Self {
        self.follows_redirects = true;
        self
    }

    /// Sends the request, and stores the cookies of the response.
    ///
    /// # Panics
    /// Panics if the path is invalid, if the response's body breaks off, or if it is to follow more than 20 redirects.
    #[expect(clippy::panic, reason = "a test whose redirects do not end has failed")]
    pub async fn send(mut self) -> TestResponse {
        let mut response = self.send_once().await;
        if self.follows_redirects {
            let first = self.path.clone();
            let mut followed = 0;
            while self.follow(&response) {
                followed += 1;
                if followed > MAX_REDIRECTS {
                    panic!("`{first}` redirects more than {MAX_REDIRECTS} times, the last time to `{}`", self.path);
                }
                response = self.send_once().await;
            }
        }
        response
    }

    #[expect(clippy::panic, reason = "a test that cannot send its request has failed")]
    async fn send_once(&mut self) -> TestResponse {
        let uri: Uri = self.path.parse().unwrap_or_else(|error| panic!("`{}` is not a valid path: {error}", self.path));
        let mut request = http::Request::new(Body::from(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.headers_mut() = self.headers.clone();
        if self.with_csrf_token
            && !is_safe(&self.method)
            && !self.headers.contains_key(CSRF_TOKEN)
            && let Some(token) = self.app.csrf_token(&self.method, uri.path()).await
        {
            let token = HeaderValue::try_from(token).unwrap_or_else(|error| panic!("{error}"));
            request.headers_mut().insert(CSRF_TOKEN, token);
        }
        *request.uri_mut() = uri;
        request.headers_mut().entry(header::HOST).or_insert(HOST);
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

    /// Turns the request into the one that a browser sends after this response. Returns false if it sends none.
    fn follow(&mut self, response: &TestResponse) -> bool {
        let status = response.status();
        let (true, Some(location)) = (REDIRECTS.contains(&status), response.header("location")) else { return false };
        let host = self.headers.get(header::HOST).cloned().unwrap_or(HOST);
        let Some(path) = resolve(&self.path, location, host.to_str().unwrap_or_default()) else { return false };
        self.path = path;
        let becomes_get = match status {
            StatusCode::SEE_OTHER => !matches!(self.method, Method::GET | Method::HEAD),
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => self.method == Method::POST,
            _ => false,
        };
        if becomes_get {
            self.method = Method::GET;
            self.body.clear();
            for name in [header::CONTENT_TYPE, CSRF_TOKEN] {
                self.headers.remove(name);
            }
        }
        true
    }
}

const CSRF_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");
const HOST: HeaderValue = HeaderValue::from_static("localhost");

/// Browsers follow as many.
const MAX_REDIRECTS: usize = 20;

const REDIRECTS: [StatusCode; 5] = [
    StatusCode::MOVED_PERMANENTLY,
    StatusCode::FOUND,
    StatusCode::SEE_OTHER,
    StatusCode::TEMPORARY_REDIRECT,
    StatusCode::PERMANENT_REDIRECT,
];

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Returns path and query of a location, or `None` if it is on another site.
fn resolve(from: &str, location: &str, host: &str) -> Option<String> {
    let location = location.split('#').next().unwrap_or(location);
    let path = from.split(['?', '#']).next().unwrap_or(from);
    let authority = location.split_once("//").filter(|(scheme, _)| matches!(*scheme, "" | "http:" | "https:"));
    Some(match authority {
        Some((_, rest)) => {
            let rest = rest.strip_prefix(host)?;
            match rest.chars().next() {
                None => "/".to_owned(),
                Some('/') => rest.to_owned(),
                Some('?') => format!("/{rest}"),
                Some(_) => return None,
            }
        }
        None if location.starts_with('/') => location.to_owned(),
        None if location.is_empty() => from.to_owned(),
        None if location.starts_with('?') => format!("{path}{location}"),
        None => {
            let (folder, _) = path.rsplit_once('/').unwrap_or_default();
            format!("{folder}/{location}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_read_relative_to_the_page_and_another_site_is_left_alone() {
        for (location, path) in [
            ("/b?x=1#top", Some("/b?x=1")),
            ("?page=2", Some("/list/all?page=2")),
            ("next", Some("/list/next")),
            ("", Some("/list/all?page=1")),
            ("http://localhost", Some("/")),
            ("https://localhost/b", Some("/b")),
            ("//localhost?x=1", Some("/?x=1")),
            ("http://localhost.example/", None),
            ("//example.org/b", None),
        ] {
            assert_eq!(resolve("/list/all?page=1", location, "localhost").as_deref(), path, "{location}");
        }
    }
}
