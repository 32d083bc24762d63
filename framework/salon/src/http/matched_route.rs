//! The route a request matched.

use std::sync::Arc;

use http::Method;

use crate::session::Access;

/// A route as it was registered, for `route:list` and whoever asks which route this is.
#[derive(Debug)]
pub struct RouteInfo {
    pub(crate) methods: Vec<Method>,
    pub(crate) pattern: String,
    pub(crate) name: Option<String>,
    pub(crate) parameters: Vec<String>,
    pub(crate) middleware: Vec<String>,
    pub(crate) session: Option<Access>,
}

impl RouteInfo {
    /// The methods it answers; none means any.
    #[must_use]
    pub fn methods(&self) -> &[Method] {
        &self.methods
    }

    /// Its path as it was written, `/users/{id}` for one.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Its full name, with the prefixes of its groups.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The names of its middleware, the outermost first, without the global ones.
    #[must_use]
    pub fn middleware(&self) -> &[String] {
        &self.middleware
    }

    /// How it uses the session, if not as the configuration says.
    #[must_use]
    pub const fn session(&self) -> Option<Access> {
        self.session
    }
}

/// A route and what its parameters are on this request.
#[derive(Clone, Debug)]
pub struct MatchedRoute {
    info: Arc<RouteInfo>,
    values: Vec<String>,
}

impl MatchedRoute {
    /// `values` are percent-decoded, in the order of the route's parameters; optional ones at the end may lack.
    pub(crate) const fn new(info: Arc<RouteInfo>, values: Vec<String>) -> Self {
        Self { info, values }
    }

    /// The route.
    #[must_use]
    pub fn info(&self) -> &RouteInfo {
        &self.info
    }

    /// The parameters that the path has, percent-decoded, in their order.
    pub fn params(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.info.parameters.iter().zip(&self.values).map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// One parameter, percent-decoded.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params().find_map(|(known, value)| (known == name).then_some(value))
    }
}
