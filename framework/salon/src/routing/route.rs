//! One route, as registered.

use std::{fmt, sync::Arc};

use http::Method;

use super::IntoRouteMiddleware;
use crate::{
    http::{MiddlewareEntry, endpoint::Endpoint},
    session::Access,
};

/// A newly registered route, to set its name and middleware.
///
/// ```
/// # async fn store() {}
/// # let mut route = salon::routing::Router::new();
/// route.post("/guestbook", store).name("guestbook.store").middleware("throttle:10,1");
/// ```
pub struct Route {
    pub(super) methods: Vec<Method>,
    pub(super) path: String,
    pub(super) name: Option<String>,
    pub(super) middleware: Vec<MiddlewareEntry>,
    pub(super) session: Option<Access>,
    pub(super) endpoint: Arc<dyn Endpoint>,
    pub(super) is_fallback: bool,
}

impl Route {
    /// Names the route, for `redirect().route(…)` and the template helper `route(name=)`. Groups prepend their own
    /// names.
    pub fn name(&mut self, name: impl Into<String>) -> &mut Self {
        self.name = Some(name.into());
        self
    }

    /// Adds middleware to this route, after what it already has.
    pub fn middleware(&mut self, middleware: impl IntoRouteMiddleware) -> &mut Self {
        self.middleware.push(middleware.into_route_middleware().0);
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
    pub const fn session(&mut self, access: Access) -> &mut Self {
        self.session = Some(access);
        self
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Route")
            .field("methods", &self.methods)
            .field("path", &self.path)
            .field("name", &self.name)
            .field("middleware", &self.middleware)
            .finish_non_exhaustive()
    }
}
