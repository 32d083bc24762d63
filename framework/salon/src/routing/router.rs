//! Registers an app's routes.

use std::borrow::Cow;

use http::Method;

use super::{Handler, Route, RouteGroup, handler::HandlerEndpoint};
use crate::http;

/// Collects an app's routes.
///
/// A path may have parameters: `{id}` is a segment or a part of one (`img-{n}.png`), `{page?}` is an optional segment
/// at the end, and `{*rest}` is the rest of the path. A fixed segment takes precedence over a parameter, regardless of
/// the order of registration. A `GET` route also serves `HEAD`. `OPTIONS` and 405 are answered automatically, `OPTIONS`
/// inside the middleware of the route.
///
/// ```
/// use salon::routing::Router;
///
/// # mod home { pub async fn index() {} }
/// # mod guestbook { pub async fn store() {} }
/// # mod admin { pub async fn users() {} }
/// pub fn web(route: &mut Router) {
///     route.get("/", home::index).name("home");
///     route.post("/guestbook", guestbook::store).middleware("throttle:10,1");
///     route.group("/admin", |route| {
///         route.get("/users", admin::users).name("users");
///     }).middleware("auth").name("admin.");
/// }
/// # web(&mut Router::new());
/// ```
#[derive(Debug, Default)]
pub struct Router {
    pub(super) routes: Vec<Route>,
    pub(super) groups: Vec<(RouteGroup, Self)>,
}

macro_rules! verbs {
    ($($name:ident $method:ident,)*) => {
        $(#[doc = concat!("Registers a handler for `", stringify!($method), "`.")]
        pub fn $name<T: 'static>(&mut self, path: &str, handler: impl Handler<T>) -> Route {
            self.match_methods(&[Method::$method], path, handler)
        })*
    };
}

impl Router {
    /// Creates a router without routes.
    #[must_use]
    pub const fn new() -> Self {
        Self { routes: Vec::new(), groups: Vec::new() }
    }

    verbs! {
        get GET,
        post POST,
        put PUT,
        patch PATCH,
        delete DELETE,
        options OPTIONS,
    }

    /// Registers a handler for every method. A route for a single method at the same path takes precedence.
    pub fn any<T: 'static>(&mut self, path: &str, handler: impl Handler<T>) -> Route {
        self.match_methods(&[], path, handler)
    }

    /// Registers a handler for these methods. An empty list means every method.
    pub fn match_methods<T: 'static>(&mut self, methods: &[Method], path: &str, handler: impl Handler<T>) -> Route {
        self.push(methods.to_vec(), path, handler, false)
    }

    /// Registers a redirect for `GET`: a 303 to a path or URL.
    pub fn redirect(&mut self, from: &str, to: impl Into<Cow<'static, str>>) -> Route {
        let to = to.into();
        self.get(from, move || {
            let to = to.clone();
            async move { http::redirect().to(to) }
        })
    }

    /// Registers the handler for requests that match no path, whatever the method. In a group with a prefix it handles
    /// the paths below the prefix. Unlike a plain 404, it runs the middleware of its group.
    pub fn fallback<T: 'static>(&mut self, handler: impl Handler<T>) -> Route {
        self.push(Vec::new(), "/{*fallback}", handler, true)
    }

    /// Registers routes below a prefix. Set the group's name and middleware on the returned value; they apply to all of
    /// its routes.
    ///
    /// ```
    /// # async fn index() {}
    /// # let mut route = salon::routing::Router::new();
    /// route.group("/admin", |route| route.get("/", index).name("index")).name("admin.");
    /// ```
    pub fn group<R: Registered>(&mut self, prefix: &str, register: impl FnOnce(&mut Self) -> R) -> RouteGroup {
        let mut router = Self::new();
        register(&mut router);
        let group = RouteGroup::new(prefix);
        self.groups.push((group.clone(), router));
        group
    }

    fn push<T: 'static>(
        &mut self,
        methods: Vec<Method>,
        path: &str,
        handler: impl Handler<T>,
        is_fallback: bool,
    ) -> Route {
        let route = Route::new(methods, path, HandlerEndpoint::new(handler), is_fallback);
        self.routes.push(route.clone());
        route
    }
}

/// What a closure that registers routes may return: nothing, or the last [`Route`] or [`RouteGroup`]. So
/// `|route| route.get("/", index)` needs neither braces nor a semicolon, and a `Result` cannot get lost.
#[diagnostic::on_unimplemented(
    message = "a closure that registers routes cannot return `{Self}`",
    label = "returns `{Self}`",
    note = "end the closure with a semicolon, or with the last route or group"
)]
pub trait Registered {}

impl Registered for () {}
impl Registered for Route {}
impl Registered for RouteGroup {}
