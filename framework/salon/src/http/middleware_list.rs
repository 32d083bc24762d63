//! A list of middleware, in the order in which requests pass through it.

use std::fmt;

use bytes::Bytes;
use tower_layer::Layer;
use tower_service::Service;

use super::{
    Body, Middleware,
    layer::{ResumeNext, from_layer},
    middleware::{NamedMiddleware, short_name},
};
use crate::session::BoxError;

/// Middleware, given by value or by an alias that the kernel knows.
#[derive(Clone)]
pub(crate) enum MiddlewareEntry {
    Value(NamedMiddleware),
    Alias(String),
}

/// A list of middleware, the outermost first, for a kernel's global middleware and its groups.
///
/// ```
/// use salon::http::{MiddlewareList, Next, Request, Response};
/// use tower_http::trace::TraceLayer;
///
/// async fn pass(request: Request, next: Next) -> Response {
///     next.run(request).await
/// }
///
/// let list = MiddlewareList::new().layer(TraceLayer::new_for_http()).with(pass).alias("throttle:60,1");
/// assert_eq!(format!("{list:?}"), r#"["TraceLayer", "pass", "throttle:60,1"]"#);
/// ```
#[derive(Clone, Default)]
pub struct MiddlewareList(pub(crate) Vec<MiddlewareEntry>);

impl MiddlewareList {
    /// Creates an empty list.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Appends middleware.
    #[must_use]
    pub fn with(mut self, middleware: impl Middleware) -> Self {
        self.0.push(MiddlewareEntry::Value(NamedMiddleware::new(middleware)));
        self
    }

    /// Appends a `tower::Layer`.
    #[must_use]
    pub fn layer<L, B>(mut self, layer: L) -> Self
    where
        L: Layer<ResumeNext>,
        L::Service: Service<http::Request<Body>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
        <L::Service as Service<http::Request<Body>>>::Error: Into<BoxError>,
        <L::Service as Service<http::Request<Body>>>::Future: Send + 'static,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        self.0.push(MiddlewareEntry::Value(NamedMiddleware::named(short_name::<L>(), from_layer(layer))));
        self
    }

    /// Appends the middleware that the kernel registers under this alias, with arguments if it takes any:
    /// `"throttle:60,1"`.
    #[must_use]
    pub fn alias(mut self, alias: impl Into<String>) -> Self {
        self.0.push(MiddlewareEntry::Alias(alias.into()));
        self
    }

    /// Returns the number of entries.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// True if the list is empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for MiddlewareEntry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => fmt::Debug::fmt(&value.name, formatter),
            Self::Alias(alias) => fmt::Debug::fmt(alias, formatter),
        }
    }
}

impl fmt::Debug for MiddlewareList {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(&self.0).finish()
    }
}
