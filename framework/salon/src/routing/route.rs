//! One route, as registered.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use http::Method;

use super::IntoRouteMiddleware;
use crate::{
    http::{MiddlewareEntry, endpoint::Endpoint},
    session::Access,
};

/// A newly registered route, to set its name and middleware.
///
/// It shares its settings with the router, so it may be dropped, and a closure that registers routes may return it.
///
/// ```
/// # async fn store() {}
/// # let mut route = salon::routing::Router::new();
/// route.post("/guestbook", store).name("guestbook.store").middleware("throttle:10,1");
/// ```
#[derive(Clone)]
pub struct Route(Arc<Mutex<RouteSettings>>);

pub(super) struct RouteSettings {
    pub(super) methods: Vec<Method>,
    pub(super) path: String,
    pub(super) name: Option<String>,
    pub(super) middleware: Vec<MiddlewareEntry>,
    pub(super) session: Option<Access>,
    pub(super) endpoint: Arc<dyn Endpoint>,
    pub(super) is_fallback: bool,
}

impl Route {
    pub(super) fn new(methods: Vec<Method>, path: &str, endpoint: impl Endpoint + 'static, is_fallback: bool) -> Self {
        Self(Arc::new(Mutex::new(RouteSettings {
            methods,
            path: path.to_owned(),
            name: None,
            middleware: Vec::new(),
            session: None,
            endpoint: Arc::new(endpoint),
            is_fallback,
        })))
    }

    pub(super) fn settings(&self) -> MutexGuard<'_, RouteSettings> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Names the route, for `redirect().route(…)` and the template helper `route(name=)`. Groups prepend their own
    /// names.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.settings().name = Some(name.into());
        self
    }

    /// Adds middleware to this route, after what it already has.
    pub fn middleware(self, middleware: impl IntoRouteMiddleware) -> Self {
        self.settings().middleware.push(middleware.into_route_middleware().0);
        self
    }

    /// Sets how this route uses the session, instead of what its group and `concurrency` in `config/session.toml` say:
    /// exclusively ([`concurrency::block`](crate::session::concurrency::block)), concurrently with other requests
    /// ([`concurrency::merge`](crate::session::concurrency::merge)), or read-only
    /// ([`read_only`](crate::session::read_only)).
    ///
    /// ```
    /// use salon::session::{concurrency, read_only};
    ///
    /// # async fn pay() {}
    /// # async fn unread() {}
    /// # let mut route = salon::routing::Router::new();
    /// route.post("/pay", pay).session(concurrency::block());
    /// route.get("/messages/unread", unread).session(read_only());
    /// ```
    pub fn session(self, access: Access) -> Self {
        self.settings().session = Some(access);
        self
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = self.settings();
        formatter
            .debug_struct("Route")
            .field("methods", &settings.methods)
            .field("path", &settings.path)
            .field("name", &settings.name)
            .field("middleware", &settings.middleware)
            .finish_non_exhaustive()
    }
}
