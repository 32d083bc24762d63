//! What `.middleware(…)` on a route or a group takes.

use crate::http::{Middleware, MiddlewareEntry, middleware::NamedMiddleware};

/// Middleware for a route: a value, or the text of one of the kernel's aliases.
#[derive(Clone, Debug)]
pub struct RouteMiddleware(pub(super) MiddlewareEntry);

/// Becomes middleware of a route: `"auth"`, `"throttle:10,1"`, or any [`Middleware`].
pub trait IntoRouteMiddleware {
    /// Makes it.
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
