//! The route that a request matched.

use std::sync::Arc;

use http::Method;

use crate::session::Access;

/// A route as it was registered, for `route:list` and for any code that asks which route it runs under.
#[derive(Debug)]
pub struct RouteInfo {
    pub(crate) methods: Vec<Method>,
    pub(crate) pattern: String,
    pub(crate) name: Option<String>,
    pub(crate) parameters: Vec<String>,
    pub(crate) middleware: Vec<String>,
    pub(crate) session: Option<Access>,
}

/// Returns the methods of a route as the console and the errors show them.
pub(crate) fn show_methods(methods: &[Method]) -> String {
    let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    if names.is_empty() { "ANY".to_owned() } else { names.join("|") }
}

impl RouteInfo {
    /// Returns the methods of the route. An empty slice means any method.
    #[must_use]
    pub fn methods(&self) -> &[Method] {
        &self.methods
    }

    /// Returns the path as it was written, for example `/users/{id}`.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Returns the full name, including the prefixes of its groups.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the names of its middleware, the outermost first, without the global ones.
    #[must_use]
    pub fn middleware(&self) -> &[String] {
        &self.middleware
    }

    /// Returns how the route uses the session, if it overrides the configuration.
    #[must_use]
    pub const fn session(&self) -> Option<Access> {
        self.session
    }
}

/// A route and the values of its parameters for one request.
#[derive(Clone, Debug)]
pub struct MatchedRoute {
    info: Arc<RouteInfo>,
    values: Vec<String>,
}

impl MatchedRoute {
    /// `values` are percent-decoded and in the order of the route's parameters; optional ones at the end may be
    /// missing.
    pub(crate) const fn new(info: Arc<RouteInfo>, values: Vec<String>) -> Self {
        Self { info, values }
    }

    /// Returns the route.
    #[must_use]
    pub fn info(&self) -> &RouteInfo {
        &self.info
    }

    /// Returns the parameters that the path has, percent-decoded and in order.
    pub fn params(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.info.parameters.iter().zip(&self.values).map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns one parameter, percent-decoded.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params().find_map(|(known, value)| (known == name).then_some(value))
    }
}
