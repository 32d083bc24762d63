//! The kernel's aliases for middleware.

use std::{collections::HashMap, fmt, sync::Arc};

use crate::http::{Middleware, middleware::ErasedMiddleware};

type Made = Result<Arc<dyn ErasedMiddleware>, String>;
type Factory = Box<dyn Fn(&[&str]) -> Made + Send + Sync>;

/// Middleware by name, for `.middleware("auth")` on routes. Some take arguments: `.middleware("throttle:60,1")`.
///
/// Middleware is created once per distinct text: two routes with `"throttle:60,1"` share one instance.
///
/// ```
/// use salon::{http::{Error, Middleware, Next, Request, Response}, routing::MiddlewareAliases};
///
/// struct MaxPath(usize);
///
/// impl Middleware for MaxPath {
///     async fn handle(&self, request: Request, next: Next) -> Response {
///         use salon::http::IntoResponse;
///         if request.path().len() > self.0 { Error::not_found().into_response() } else { next.run(request).await }
///     }
/// }
///
/// let aliases = MiddlewareAliases::new().alias("short", MaxPath(100)).alias_with("path", |arguments| match arguments {
///     [length] => length.parse().map(MaxPath).map_err(|_| format!("`{length}` is not a length")),
///     _ => Err("give one length: `path:100`".to_owned()),
/// });
/// ```
#[derive(Default)]
pub struct MiddlewareAliases(HashMap<String, Factory>);

impl MiddlewareAliases {
    /// Creates an empty list of aliases.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers middleware that takes no arguments. Replaces an alias with the same name.
    #[must_use]
    pub fn alias(mut self, name: impl Into<String>, middleware: impl Middleware) -> Self {
        let shared: Arc<dyn ErasedMiddleware> = Arc::new(middleware);
        let factory = move |arguments: &[&str]| {
            if arguments.is_empty() { Ok(Arc::clone(&shared)) } else { Err("it takes no arguments".to_owned()) }
        };
        self.0.insert(name.into(), Box::new(factory));
        self
    }

    /// Registers middleware that is created from the arguments after the colon. An error is reported at startup, with
    /// the route.
    #[must_use]
    pub fn alias_with<M, E>(
        mut self,
        name: impl Into<String>,
        factory: impl Fn(&[&str]) -> Result<M, E> + Send + Sync + 'static,
    ) -> Self
    where
        M: Middleware,
        E: fmt::Display,
    {
        let factory = move |arguments: &[&str]| -> Made {
            factory(arguments).map(|made| Arc::new(made) as _).map_err(|error| error.to_string())
        };
        self.0.insert(name.into(), Box::new(factory));
        self
    }

    /// Creates the middleware for a text such as `throttle:60,1`. Returns `None` if there is no alias with that name.
    pub(super) fn make(&self, text: &str) -> Option<Made> {
        let (name, arguments) = match text.split_once(':') {
            Some((name, arguments)) => (name, arguments.split(',').map(str::trim).collect()),
            None => (text, Vec::new()),
        };
        self.0.get(name.trim()).map(|factory| factory(&arguments))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl fmt::Debug for MiddlewareAliases {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}
