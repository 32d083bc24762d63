//! What belongs to one request besides its head and body.

use std::{
    fmt,
    net::IpAddr,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

use super::{
    BODY_LIMIT, Body, MatchedRoute, Peer,
    proxies::{self, Proxies},
};
use crate::{
    config::ProxyHeaders,
    session::Session,
    support::{Container, Random, RandomError},
};

/// The header that carries the name of a request.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// True for what can stand in a log and in a header.
fn is_request_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:=+/".contains(&byte))
}

tokio::task_local! {
    static CURRENT: Arc<Context>;
}

/// Where the visitor came from, for `redirect().back()`.
#[derive(Debug)]
pub(crate) struct Origin {
    pub(crate) referer: HeaderValue,
    pub(crate) host: Option<String>,
}

/// The state of one request: its container, session, route and peer. Everything that serves the request shares it.
pub struct Context {
    container: Arc<Container>,
    session: Mutex<Option<Session>>,
    route: OnceLock<MatchedRoute>,
    peer: Peer,
    /// The address of the visitor, as far as it is known.
    client: Option<IpAddr>,
    /// The headers in which the peer may speak for its clients, if it is a trusted proxy.
    proxy_headers: Option<ProxyHeaders>,
    origin: OnceLock<Origin>,
    csp_nonce: OnceLock<String>,
    request_id: OnceLock<String>,
    /// The most bytes of a form or of JSON.
    body_limit: AtomicUsize,
}

impl Context {
    /// Creates the context of a new request. `peer` is the other end of its connection: a [`Peer`], or an optional address.
    #[must_use]
    pub fn new(container: Arc<Container>, peer: impl Into<Peer>) -> Self {
        let peer = peer.into();
        Self {
            container,
            session: Mutex::new(None),
            route: OnceLock::new(),
            peer,
            client: peer.ip(),
            proxy_headers: None,
            origin: OnceLock::new(),
            csp_nonce: OnceLock::new(),
            request_id: OnceLock::new(),
            body_limit: AtomicUsize::new(BODY_LIMIT),
        }
    }

    /// Believes what trusted proxies say in these headers.
    pub(crate) fn behind(mut self, proxies: &Proxies, headers: &HeaderMap) -> Self {
        self.proxy_headers = proxies.headers_of(self.peer);
        if self.proxy_headers.is_some() {
            self.client = proxies.client(self.peer, headers);
            if let Some(id) = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).filter(|id| is_request_id(id)) {
                self.request_id = OnceLock::from(id.to_owned());
            }
        }
        self
    }

    /// Returns the address of the visitor: that of the peer, or what the trusted proxies say.
    pub(crate) const fn client(&self) -> Option<IpAddr> {
        self.client
    }

    /// Returns the host that the visitor has asked for.
    pub(crate) fn host<'a>(&self, uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
        proxies::host(self.proxy_headers, uri, headers)
    }

    /// Runs a future with this context as [`Context::current`]. A task spawned inside does not inherit it.
    pub fn scope<F: Future>(context: Arc<Self>, future: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(context, future)
    }

    /// Returns the context of the request that this task serves, if it serves one.
    #[must_use]
    pub fn current() -> Option<Arc<Self>> {
        CURRENT.try_with(Arc::clone).ok()
    }

    /// Returns the app's container.
    #[must_use]
    pub const fn container(&self) -> &Arc<Container> {
        &self.container
    }

    /// Returns the session, if one is attached.
    #[must_use]
    pub fn session(&self) -> Option<Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Attaches a session, and replaces one that was attached before.
    pub fn set_session(&self, session: Session) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
    }

    /// Returns the route that matched. It is `None` before the router has run, and when nothing matched.
    #[must_use]
    pub fn route(&self) -> Option<&MatchedRoute> {
        self.route.get()
    }

    /// Records the route. The first one recorded stays.
    pub(crate) fn set_route(&self, route: MatchedRoute) {
        let _ = self.route.set(route);
    }

    /// Returns the other end of the connection that the request came over.
    #[must_use]
    pub const fn peer(&self) -> Peer {
        self.peer
    }

    /// Returns a name for the request, which stands in the log and, with the middleware
    /// [`RequestId`](crate::middleware::RequestId), in the response: the `X-Request-Id` of a trusted proxy, or a random one that is
    /// drawn when it is first asked for.
    #[must_use]
    pub fn request_id(&self) -> &str {
        self.request_id.get_or_init(|| self.random().suffix().unwrap_or_else(|_| "unknown".to_owned()))
    }

    fn random(&self) -> Random {
        self.container.get::<Random>().map(|random| Random::clone(&random)).unwrap_or_default()
    }

    /// Returns the most bytes of a form or of JSON that the request may carry.
    pub(crate) fn body_limit(&self) -> usize {
        self.body_limit.load(Ordering::Relaxed)
    }

    /// Sets the most bytes of a form or of JSON that the request may carry.
    pub(crate) fn set_body_limit(&self, bytes: usize) {
        self.body_limit.store(bytes, Ordering::Relaxed);
    }

    /// Returns the nonce that allows an inline script of this response (CSP Level 3, section 6.7): 128 random bits. It is drawn
    /// when it is first asked for.
    ///
    /// # Errors
    /// Returns an error if the operating system provides no random bytes.
    pub fn csp_nonce(&self) -> Result<&str, RandomError> {
        if let Some(nonce) = self.csp_nonce.get() {
            return Ok(nonce);
        }
        let mut bytes = [0; 16];
        self.random().fill(&mut bytes)?;
        Ok(self.csp_nonce.get_or_init(|| URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Returns the nonce of the response, if it was asked for.
    pub(crate) fn used_csp_nonce(&self) -> Option<&str> {
        self.csp_nonce.get().map(String::as_str)
    }

    pub(crate) fn origin(&self) -> Option<&Origin> {
        self.origin.get()
    }

    /// Records what `redirect().back()` needs.
    pub(crate) fn note_origin(&self, request: &http::Request<Body>) {
        if let Some(referer) = request.headers().get(header::REFERER) {
            let host = self.host(request.uri(), request.headers()).map(str::to_owned);
            let _ = self.origin.set(Origin { referer: referer.clone(), host });
        }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Context")
            .field("route", &self.route.get())
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

/// Carries the context through services that only know the `http` crate's request.
#[derive(Clone)]
pub(crate) struct Stashed(pub(crate) Arc<Context>);
