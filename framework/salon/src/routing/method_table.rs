//! The routes of one path, by method.

use http::{HeaderValue, Method};

/// Routes by method. `R` is the type of a route.
pub(super) struct MethodTable<R> {
    /// `None` stands for any method.
    routes: Vec<(Option<Method>, R)>,
    allow: HeaderValue,
}

/// The result of looking up a method.
pub(super) enum Found<'table, R> {
    Route(&'table R),
    /// An `OPTIONS` request that no route handles; holds the first route of the path and the allowed methods.
    Options(&'table R, &'table HeaderValue),
    /// No route has this method; holds the allowed methods.
    NotAllowed(&'table HeaderValue),
}

impl<R> Default for MethodTable<R> {
    fn default() -> Self {
        Self { routes: Vec::new(), allow: HeaderValue::from_static("OPTIONS") }
    }
}

impl<R> MethodTable<R> {
    /// Adds a route, or returns the existing one as an error. `None` stands for any method.
    pub(super) fn insert(&mut self, method: Option<&Method>, route: R) -> Result<(), &R> {
        if let Some(at) = self.routes.iter().position(|(known, _)| known.as_ref() == method) {
            return Err(&self.routes[at].1);
        }
        self.routes.push((method.cloned(), route));
        self.allow = allow(self.routes.iter().filter_map(|(method, _)| method.as_ref()));
        Ok(())
    }

    /// Returns all routes.
    pub(super) fn routes(&self) -> impl Iterator<Item = &R> {
        self.routes.iter().map(|(_, route)| route)
    }

    pub(super) fn find(&self, method: &Method) -> Found<'_, R> {
        let exact = |wanted: Option<&Method>| {
            self.routes.iter().find_map(|(known, route)| (known.as_ref() == wanted).then_some(route))
        };
        let get = || if method == Method::HEAD { exact(Some(&Method::GET)) } else { None };
        if let Some(route) = exact(Some(method)).or_else(get).or_else(|| exact(None)) {
            return Found::Route(route);
        }
        match self.routes.first() {
            Some((_, first)) if method == Method::OPTIONS => Found::Options(first, &self.allow),
            _ => Found::NotAllowed(&self.allow),
        }
    }
}

/// Builds the `Allow` header for these methods and those that they imply.
fn allow<'method>(methods: impl Iterator<Item = &'method Method>) -> HeaderValue {
    let mut names: Vec<&str> = methods.map(Method::as_str).collect();
    if names.contains(&"GET") && !names.contains(&"HEAD") {
        names.push("HEAD");
    }
    if !names.contains(&"OPTIONS") {
        names.push("OPTIONS");
    }
    names.sort_unstable();
    // The name of a method is always a valid header value.
    HeaderValue::try_from(names.join(", ")).unwrap_or_else(|_| HeaderValue::from_static("OPTIONS"))
}
