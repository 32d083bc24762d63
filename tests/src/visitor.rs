//! A visitor: what a browser is to a server, as far as cookies and forms are concerned.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use hyper::{Method, Request, header};
use serde::Serialize;

use crate::{Answer, Connection, Server, issued};

type Jar = BTreeMap<String, String>;

/// A client with a cookie jar, which its clones share. It follows no redirects, and uses a separate connection for each
/// request.
#[derive(Clone, Debug)]
pub struct Visitor {
    address: SocketAddr,
    jar: Arc<Mutex<Jar>>,
}

impl Visitor {
    /// A visitor without cookies.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self { address, jar: Arc::default() }
    }

    /// The same visitor with the same cookie jar, at another server.
    #[must_use]
    pub fn at(&self, server: &Server) -> Self {
        self.to(server.address())
    }

    /// The same visitor with the same cookie jar, at another address.
    #[must_use]
    pub fn to(&self, address: SocketAddr) -> Self {
        Self { address, jar: Arc::clone(&self.jar) }
    }

    /// Another browser with a copy of the cookies that this one has now.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self { address: self.address, jar: Arc::new(Mutex::new(self.jar().clone())) }
    }

    /// The address that this visitor sends requests to.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// A cookie's value, as it was sent.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.jar().get(name).cloned()
    }

    /// Puts a cookie into the jar.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.jar().insert(name.to_owned(), value.to_owned());
    }

    fn jar(&self) -> std::sync::MutexGuard<'_, Jar> {
        self.jar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Loads a page.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(request(Method::GET, path)).await
    }

    /// Loads a page with additional headers.
    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(with_headers(request(Method::GET, path), headers)).await
    }

    /// Sends a request with another method, without a body.
    pub async fn ask(&self, method: Method, path: &str) -> Answer {
        self.send(request(method, path)).await
    }

    /// Sends a form.
    pub async fn post(&self, path: &str, form: &(impl Serialize + Sync)) -> Answer {
        self.post_with(path, form, &[]).await
    }

    /// Sends a form with additional headers.
    pub async fn post_with(&self, path: &str, form: &(impl Serialize + Sync), headers: &[(&str, &str)]) -> Answer {
        let form = serde_html_form::to_string(form).expect("a form");
        issued::note_passwords(&form);
        let post = with_headers(request(Method::POST, path), &[("content-type", "application/x-www-form-urlencoded")]);
        self.send(with_headers(post.map(|_| form.into()), headers)).await
    }

    /// Loads a page with a form, and sends the form with the token from the page.
    pub async fn submit(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let shown = self.get(page).await.text();
        let token =
            between(&shown, "name=\"_token\" value=\"", "\"").unwrap_or_else(|| panic!("no token in:\n{shown}"));
        let mut form = vec![("_token", token)];
        form.extend_from_slice(fields);
        self.post(action, &form).await
    }

    /// Loads a page from a server that may be killed meanwhile. Returns `None` if there was no complete response.
    pub async fn try_get(&self, path: &str) -> Option<Answer> {
        let mut connection = Connection::try_http1(self.address).await?;
        let answer = connection.try_send(self.with_cookies(request(Method::GET, path))).await.ok()?;
        self.keep(&answer);
        Some(answer)
    }

    /// Sends a request with the cookies of the jar, and stores those of the response.
    pub async fn send(&self, request: Request<Bytes>) -> Answer {
        let answer = Connection::http1(self.address).await.send(self.with_cookies(request)).await;
        self.keep(&answer);
        answer
    }

    fn with_cookies(&self, mut request: Request<Bytes>) -> Request<Bytes> {
        let cookies: Vec<String> = self.jar().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            let value = cookies.join("; ").parse().expect("cookies form a valid header");
            request.headers_mut().insert(header::COOKIE, value);
        }
        request
    }

    fn keep(&self, answer: &Answer) {
        for cookie in answer.cookies() {
            let mut parts = cookie.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            if parts.any(|attribute| attribute.eq_ignore_ascii_case("max-age=0")) {
                self.jar().remove(name);
            } else {
                self.jar().insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// A request as a browser makes it when a link is followed.
fn request(method: Method, path: &str) -> Request<Bytes> {
    let builder = Request::builder().method(method).uri(path).header(header::ACCEPT, "text/html");
    builder.body(Bytes::new()).expect("a request")
}

fn with_headers(mut request: Request<Bytes>, headers: &[(&str, &str)]) -> Request<Bytes> {
    for (name, value) in headers {
        let name: header::HeaderName = name.parse().expect("a header's name");
        request.headers_mut().insert(name, value.parse().expect("a header's value"));
    }
    request
}

/// The text between two others.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(between, _)| between)
}
