//! What belongs to one request besides its head and body.

use std::{
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use http::{HeaderMap, HeaderValue, Uri, header};

use super::{
    Body, MatchedRoute, Peer,
    proxies::{self, Proxies},
};
use crate::{config::ProxyHeaders, session::Session, support::Container};

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
        }
    }

    /// Believes what trusted proxies say in these headers.
    pub(crate) fn behind(mut self, proxies: &Proxies, headers: &HeaderMap) -> Self {
        self.proxy_headers = proxies.headers_of(self.peer);
        if self.proxy_headers.is_some() {
            self.client = proxies.client(self.peer, headers);
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
