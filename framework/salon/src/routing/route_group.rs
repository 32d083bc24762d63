//! Routes that share a prefix, a name and middleware.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::IntoRouteMiddleware;
use crate::{http::MiddlewareEntry, session::Access};

/// A newly registered group. Its settings apply to every route in it, including nested groups. Like a
/// [`Route`](super::Route), it shares them with the router.
///
/// ```
/// # async fn users() {}
/// # let mut route = salon::routing::Router::new();
/// route.group("/admin", |route| route.get("/users", users).name("users")).middleware("auth").name("admin.");
/// ```
#[derive(Clone, Debug)]
pub struct RouteGroup(Arc<Mutex<GroupSettings>>);

#[derive(Debug)]
pub(super) struct GroupSettings {
    pub(super) prefix: String,
    pub(super) name: String,
    pub(super) middleware: Vec<MiddlewareEntry>,
    pub(super) session: Option<Access>,
}

impl RouteGroup {
    pub(super) fn new(prefix: &str) -> Self {
        let prefix = prefix.to_owned();
        Self(Arc::new(Mutex::new(GroupSettings { prefix, name: String::new(), middleware: Vec::new(), session: None })))
    }

    pub(super) fn settings(&self) -> MutexGuard<'_, GroupSettings> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Prepends this to the name of every route in the group: `"admin."` turns `users` into `admin.users`.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.settings().name = name.into();
        self
    }

    /// Adds middleware to the group: before that of its routes, after what it already has.
    pub fn middleware(self, middleware: impl IntoRouteMiddleware) -> Self {
        self.settings().middleware.push(middleware.into_route_middleware().0);
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
    /// route.group("/checkout", |route| route.post("/pay", pay)).session(concurrency::block());
    /// ```
    pub fn session(self, access: Access) -> Self {
        self.settings().session = Some(access);
        self
    }
}
