//! Routes that share a prefix, a name and middleware.

use super::{IntoRouteMiddleware, Router};
use crate::{http::MiddlewareEntry, session::Access};

/// A newly registered group. Its settings apply to every route in it, including nested groups.
///
/// ```
/// # async fn users() {}
/// # let mut route = salon::routing::Router::new();
/// route
///     .group("/admin", |route| {
///         route.get("/users", users).name("users");
///     })
///     .middleware("auth")
///     .name("admin.");
/// ```
#[derive(Debug)]
pub struct RouteGroup {
    pub(super) prefix: String,
    pub(super) name: String,
    pub(super) middleware: Vec<MiddlewareEntry>,
    pub(super) session: Option<Access>,
    pub(super) router: Router,
}

impl RouteGroup {
    /// Prepends this to the name of every route in the group: `"admin."` turns `users` into `admin.users`.
    pub fn name(&mut self, name: impl Into<String>) -> &mut Self {
        self.name = name.into();
        self
    }

    /// Adds middleware to the group: before that of its routes, after what it already has.
    pub fn middleware(&mut self, middleware: impl IntoRouteMiddleware) -> &mut Self {
        self.middleware.push(middleware.into_route_middleware().0);
        self
    }

    /// Sets how the routes of the group use the session, except for routes that [set it
    /// themselves](super::Route::session).
    ///
    /// ```
    /// use salon::session::concurrency;
    ///
    /// # async fn pay() {}
    /// # let mut route = salon::routing::Router::new();
    /// route
    ///     .group("/checkout", |route| {
    ///         route.post("/pay", pay);
    ///     })
    ///     .session(concurrency::block());
    /// ```
    pub const fn session(&mut self, access: Access) -> &mut Self {
        self.session = Some(access);
        self
    }
}
