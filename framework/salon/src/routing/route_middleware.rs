//! The argument of `.middleware(…)` on a route or a group.

use crate::http::{Middleware, MiddlewareEntry, middleware::NamedMiddleware};

/// Middleware for a route: a value, or the text of an alias in the kernel.
#[derive(Clone, Debug)]
pub struct RouteMiddleware(pub(super) MiddlewareEntry);

/// Converts into the middleware of a route: `"auth"`, `"throttle:10,1"`, or any [`Middleware`].
pub trait IntoRouteMiddleware {
    /// Converts the value.
    fn into_route_middleware(self) -> RouteMiddleware;
}

impl IntoRouteMiddleware for &str {
    fn into_route_middleware(self) -> RouteMiddleware {
        RouteMiddleware(MiddlewareEntry::Alias(self.to_owned()))
    }
}

impl<M: Middleware> IntoRouteMiddleware for M {
    fn into_route_middleware(self) -> RouteMiddleware {
        RouteMiddleware(MiddlewareEntry::Value(NamedMiddleware::new(self)))
    }
}
