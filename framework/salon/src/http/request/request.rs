//! The request, with its head and its context.

use std::{
    net::IpAddr,
    ops::{Deref, DerefMut},
    sync::Arc,
};

use http::{
    HeaderName,
    header::{self, AsHeaderName},
};

use crate::{
    http::{
        Body, Context, Error, MatchedRoute, NoSession, Shutdown, accept, cookie, proxies::is_forwarded,
        upgrade::OnUpgrade,
    },
    session::{
        Session,
        tower::{is_form, is_prefetch},
    },
};

// Looked up on every request.
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
const X_REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");

/// A request. It has everything that the `http` crate's request has: `method()`, `uri()`, `headers()`, `extensions()`.
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
    /// Boxed, because a request is moved through every layer of futures.
    pub(super) inner: Box<http::Request<Body>>,
    pub(super) context: Arc<Context>,
}

impl Request {
    /// Combines a request with its context.
    #[must_use]
    pub fn new(request: http::Request<Body>, context: Arc<Context>) -> Self {
        context.note_origin(&request);
        Self { inner: Box::new(request), context }
    }

    /// Returns the path as it was sent, still percent-encoded.
    #[must_use]
    pub fn path(&self) -> &str {
        self.inner.uri().path()
    }

    /// Returns the query string as it was sent. The extractor `Query<T>` parses it into a type.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.inner.uri().query()
    }

    /// Returns a header if it is text. Names are case-insensitive.
    #[must_use]
    pub fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        self.inner.headers().get(name)?.to_str().ok()
    }

    /// Returns the first cookie of this name, percent-decoded.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<String> {
        cookie::value(self.inner.headers(), name).map(Into::into)
    }

    /// Returns a parameter of the route, percent-decoded: `id` of `/users/{id}`.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.context.route()?.param(name)
    }

    /// Returns all parameters of the route, percent-decoded and in order.
    pub fn params(&self) -> impl Iterator<Item = (&str, &str)> {
        self.context.route().into_iter().flat_map(MatchedRoute::params)
    }

    /// Returns the full name of the route, if it has one.
    #[must_use]
    pub fn route_name(&self) -> Option<&str> {
        self.context.route()?.info().name()
    }

    /// Returns the address of the visitor. Behind a proxy it is the proxy's, unless the proxy is one of the `trusted_proxies` in
    /// `config/app.toml`. A client of a Unix socket has none of its own.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        self.context.client()
    }

    /// Returns the host that the visitor has asked for, with its port if the address names one. Anybody can send any host, so
    /// links to the app are made of `APP_URL` and not of this; `trusted_hosts` in `config/app.toml` limits it.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.context.host(self.inner.uri(), self.inner.headers())
    }

    /// True if the request may come from a developer at this machine: not from the network, nor through a proxy.
    pub(crate) fn is_from_this_machine(&self) -> bool {
        self.context.peer().is_this_machine() && !is_forwarded(self.inner.headers())
    }

    /// True if the request came over TLS. Behind a proxy that ends TLS it did not: what visitors use is in `APP_URL`.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.context.peer().is_secure()
    }

    /// True if the client prefers JSON to a page: it ranks JSON first in `Accept`, sends JSON, or says that it is a
    /// script.
    #[must_use]
    pub fn expects_json(&self) -> bool {
        self.header(&header::ACCEPT).is_some_and(accept::prefers_json)
            || self.header(&X_REQUESTED_WITH).is_some_and(|value| value.eq_ignore_ascii_case("xmlhttprequest"))
            || self.is_json()
    }

    /// True if the content type of the body is JSON.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.content_type().is_some_and(accept::is_json)
    }

    /// True if the content type of the body is a urlencoded form.
    #[must_use]
    pub fn is_form(&self) -> bool {
        is_form(self.inner.headers())
    }

    /// Returns the media type of the body, without its parameters.
    fn content_type(&self) -> Option<&str> {
        self.header(&header::CONTENT_TYPE).map(accept::essence)
    }

    /// Returns a header by a name that does not have to be parsed.
    /// True if the browser only prefetches a page that the visitor may never look at.
    #[must_use]
    pub fn is_prefetch(&self) -> bool {
        is_prefetch(self.inner.headers())
    }

    /// Returns what the browser will use the response for: `document`, `image`, or `empty` for a `fetch`.
    #[must_use]
    pub fn sec_fetch_dest(&self) -> Option<&str> {
        self.header(&SEC_FETCH_DEST)
    }

    /// Returns the shutdown of the server, which a handler that waits, or a stream without an end, should watch.
    #[must_use]
    pub fn shutdown(&self) -> Shutdown {
        self.context.container().get::<Shutdown>().map(|shutdown| Shutdown::clone(&shutdown)).unwrap_or_default()
    }

    /// Takes the connection, if the client wants to go on with another protocol. See [`upgrade`](crate::http::upgrade).
    #[must_use]
    pub fn take_upgrade(&mut self) -> Option<OnUpgrade> {
        self.inner.extensions_mut().remove()
    }

    /// Returns the context, which everything that serves this request shares.
    #[must_use]
    pub const fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// Returns the session.
    ///
    /// # Errors
    /// Returns a 500 around [`NoSession`] if the route is not under `StartSession`.
    pub fn session(&self) -> Result<Session, Error> {
        Ok(self.try_session().ok_or(NoSession::NotAttached)?)
    }

    /// Returns the session, if one is attached.
    #[must_use]
    pub fn try_session(&self) -> Option<Session> {
        self.context.session()
    }

    /// True if a session is attached.
    #[must_use]
    pub fn has_session(&self) -> bool {
        self.try_session().is_some()
    }

    /// Saves the session of this request, and goes on with another existing one: from now on every handle of this
    /// request means that session, and the browser gets its cookie. See [`Session::switch`].
    ///
    /// Anyone who may choose the id may choose the session, so take it from a place that only its owner knows: a
    /// one-time code in your own store, never a parameter of the address.
    ///
    /// ```
    /// use salon::prelude::*;
    ///
    /// /// Continues at another device: the id was left in the app's own store, under a code.
    /// async fn resume(id_of_code: String, request: Request) -> Result<Redirect> {
    ///     request.switch_session(&id_of_code).await?;
    ///     Ok(redirect().to("/cart"))
    /// }
    /// ```
    ///
    /// # Errors
    /// Returns a 404 around [`UnknownSession`](crate::session::Error::UnknownSession) if no session has this id: it is
    /// never adopted, and the request keeps its session. Returns a 500 around [`NoSession`] if the route is not under
    /// `StartSession`, and what [`Session::switch`] returns otherwise.
    pub fn switch_session<'id>(&self, id: &'id str) -> impl Future<Output = Result<(), Error>> + Send + use<'id> {
        // The future must not borrow the request: its body cannot be shared between threads.
        let session = self.session();
        async move { Ok(session?.switch(id).await?) }
    }

    /// Attaches a session, for example one that was built by hand.
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
