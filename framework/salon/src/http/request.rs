//! The request: head, body, and its context.

use std::{
    mem,
    net::IpAddr,
    ops::{Deref, DerefMut},
    sync::Arc,
};

use bytes::Bytes;
use http::{HeaderName, StatusCode, header};

use super::{Body, Context, Error, MatchedRoute, NoSession, accept, context::Stashed, cookie};
use crate::session::Session;

/// How large a form or a JSON body may be, in bytes: 2 MiB.
pub const BODY_LIMIT: usize = 2 * 1024 * 1024;

// Asked for on every request.
const PURPOSE: HeaderName = HeaderName::from_static("purpose");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");
const X_MOZ: HeaderName = HeaderName::from_static("x-moz");
const X_REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");

/// A request. Everything that the `http` crate's request has is here too: `method()`, `uri()`, `headers()`, `extensions()`.
///
/// ```
/// use std::sync::Arc;
/// use salon::{http::{Body, Context, Request}, support::Container};
///
/// let request = http::Request::get("/users?page=2").header("x-trace", "7").body(Body::empty())?;
/// let request = Request::new(request, Arc::new(Context::new(Arc::new(Container::default()), None)));
/// assert_eq!(request.path(), "/users");
/// assert_eq!(request.query(), Some("page=2"));
/// assert_eq!(request.header("X-Trace"), Some("7"));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Debug)]
pub struct Request {
    /// Boxed, for a request is moved through every layer of futures.
    inner: Box<http::Request<Body>>,
    context: Arc<Context>,
}

impl Request {
    /// Joins a request and its context.
    #[must_use]
    pub fn new(request: http::Request<Body>, context: Arc<Context>) -> Self {
        context.note_origin(&request);
        Self { inner: Box::new(request), context }
    }

    /// The path as it was sent, still percent-encoded.
    #[must_use]
    pub fn path(&self) -> &str {
        self.inner.uri().path()
    }

    /// What follows the `?`, as it was sent. The extractor `Query<T>` reads it into a type.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.inner.uri().query()
    }

    /// A header of this name, if it is text. Names are the same in capitals.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.inner.headers().get(name)?.to_str().ok()
    }

    /// The first cookie of this name, percent-decoded.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<String> {
        cookie::value(self.inner.headers(), name).map(Into::into)
    }

    /// A parameter of the route, percent-decoded: `id` of `/users/{id}`.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.context.route()?.param(name)
    }

    /// All parameters of the route, percent-decoded, in their order.
    pub fn params(&self) -> impl Iterator<Item = (&str, &str)> {
        self.context.route().into_iter().flat_map(MatchedRoute::params)
    }

    /// The full name of the route, if it has one.
    #[must_use]
    pub fn route_name(&self) -> Option<&str> {
        self.context.route()?.info().name()
    }

    /// The address at the other end of the socket: behind a proxy, the proxy's.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        self.context.peer().map(|peer| peer.ip())
    }

    /// Whether the client wants JSON rather than a page: it accepts JSON first, sends JSON, or says it is a script.
    #[must_use]
    pub fn expects_json(&self) -> bool {
        self.text(&header::ACCEPT).is_some_and(accept::prefers_json)
            || self.text(&X_REQUESTED_WITH).is_some_and(|value| value.eq_ignore_ascii_case("xmlhttprequest"))
            || self.is_json()
    }

    /// Whether the body says it is JSON.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.content_type().is_some_and(accept::is_json)
    }

    /// Whether the body says it is a urlencoded form.
    #[must_use]
    pub fn is_form(&self) -> bool {
        self.content_type().is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"))
    }

    /// The media type of the body, without its parameters.
    fn content_type(&self) -> Option<&str> {
        self.text(&header::CONTENT_TYPE).map(accept::essence)
    }

    /// A header whose name need not be read first.
    fn text(&self, name: &HeaderName) -> Option<&str> {
        self.inner.headers().get(name)?.to_str().ok()
    }

    /// Whether the browser only loads ahead what the visitor may never look at.
    #[must_use]
    pub fn is_prefetch(&self) -> bool {
        [SEC_PURPOSE, PURPOSE, X_MOZ]
            .iter()
            .filter_map(|name| self.text(name))
            .any(|value| value.split([';', ',']).any(|word| word.trim().eq_ignore_ascii_case("prefetch")))
    }

    /// What the browser wants the answer for: `document`, `image`, `empty` for a `fetch`.
    #[must_use]
    pub fn sec_fetch_dest(&self) -> Option<&str> {
        self.text(&SEC_FETCH_DEST)
    }

    /// Takes the body; an empty one is left.
    #[must_use]
    pub fn take_body(&mut self) -> Body {
        mem::take(self.inner.body_mut())
    }

    /// The body, when nothing else of the request is needed any more.
    #[must_use]
    pub fn into_body(self) -> Body {
        self.inner.into_body()
    }

    /// Reads a body of JSON, at most [`BODY_LIMIT`] bytes, and puts it back for the next reader.
    ///
    /// # Errors
    /// 415 when the body is no JSON by its content type, 413 when it is too large, 400 when it breaks off.
    pub async fn json_bytes(&mut self) -> Result<Bytes, Error> {
        if !self.is_json() {
            // Without asking first, other sites may send what claims to be plain text.
            let message = "This needs JSON: send the content type application/json.";
            return Err(Error::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
        self.buffered_body(BODY_LIMIT).await
    }

    /// Reads a urlencoded form, at most [`BODY_LIMIT`] bytes, and puts the body back for the next reader.
    ///
    /// # Errors
    /// 415 when the body is no urlencoded form, 413 when it is too large, 400 when it breaks off.
    pub async fn form_bytes(&mut self) -> Result<Bytes, Error> {
        if !self.is_form() {
            let message = "This needs a form: send the content type application/x-www-form-urlencoded.";
            return Err(Error::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
        self.buffered_body(BODY_LIMIT).await
    }

    /// Reads the whole body, at most `limit` bytes, and puts it back for the next reader.
    ///
    /// # Errors
    /// 413 when it is too large, 400 when it breaks off.
    pub async fn buffered_body(&mut self, limit: usize) -> Result<Bytes, Error> {
        let bytes = self.take_body().collect(limit).await?;
        *self.inner.body_mut() = bytes.clone().into();
        Ok(bytes)
    }

    /// The first field of this name in a urlencoded body; none when the body is of another type. The body is put back.
    ///
    /// # Errors
    /// 413 when the form is too large, 400 when it breaks off.
    pub async fn form_field(&mut self, name: &str) -> Result<Option<String>, Error> {
        if !self.is_form() {
            return Ok(None);
        }
        let bytes = self.form_bytes().await?;
        let pairs: Vec<(String, String)> = serde_html_form::from_bytes(&bytes)
            .map_err(|error| Error::from(error).with_status(StatusCode::BAD_REQUEST))?;
        Ok(pairs.into_iter().find_map(|(key, value)| (key == name).then_some(value)))
    }

    /// What this request shares with whoever serves it.
    #[must_use]
    pub const fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// The session.
    ///
    /// # Errors
    /// A 500 around [`NoSession`]: the route is not under `StartSession`.
    pub fn session(&self) -> Result<Session, Error> {
        Ok(self.try_session().ok_or(NoSession::NotAttached)?)
    }

    /// The session, if one was attached.
    #[must_use]
    pub fn try_session(&self) -> Option<Session> {
        self.context.session()
    }

    /// Whether a session was attached.
    #[must_use]
    pub fn has_session(&self) -> bool {
        self.try_session().is_some()
    }

    /// Attaches a session, one built by hand for example.
    pub fn set_session(&mut self, session: Session) {
        self.context.set_session(session);
    }
}

impl Deref for Request {
    type Target = http::Request<Body>;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

impl DerefMut for Request {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.inner
    }
}

/// For services of tower: the context travels in the request's extensions.
impl From<Request> for http::Request<Body> {
    fn from(request: Request) -> Self {
        let Request { mut inner, context } = request;
        inner.extensions_mut().insert(Stashed(context));
        *inner
    }
}

/// A request came back without the context it left with: a tower layer made a new one, or cleared its extensions.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a tower layer dropped the extensions of the request: it must hand on the request it was given")]
pub struct MissingContext;

/// The way back from [`Request`]'s conversion for tower.
impl TryFrom<http::Request<Body>> for Request {
    type Error = MissingContext;

    fn try_from(request: http::Request<Body>) -> Result<Self, MissingContext> {
        let (mut parts, body) = request.into_parts();
        let context = Stashed::take(&mut parts).ok_or(MissingContext)?;
        Ok(Self { inner: Box::new(http::Request::from_parts(parts, body)), context })
    }
}

#[cfg(test)]
mod tests;
