//! Routes that share a prefix, a name and middleware.

use super::{IntoRouteMiddleware, Router};
use crate::{http::MiddlewareEntry, session::Access};

/// A group that was just registered. What is said here holds for every route in it, groups in it included.
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
    /// Puts this before the name of every route in the group: `"admin."` makes `users` to `admin.users`.
    pub fn name(&mut self, name: impl Into<String>) -> &mut Self {
        self.name = name.into();
        self
    }

    /// Adds middleware for the group: before that of its routes, behind what is there already.
    pub fn middleware(&mut self, middleware: impl IntoRouteMiddleware) -> &mut Self {
        self.middleware.push(middleware.into_route_middleware().0);
        self
    }

    /// How the routes of the group use the session, but for those that [say so themselves](super::Route::session).
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
