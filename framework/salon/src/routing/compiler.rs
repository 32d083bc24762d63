//! Builds the route table from the kernel and the app's routes.

use std::{collections::HashMap, sync::Arc};

use salon_core::config::nearest;

use super::{
    MiddlewareAliases, MiddlewareGroups, Registered, RouteTable, Router, RoutingError, compiled_route::CompiledRoute,
    route::RouteSettings, table::Dispatcher,
};
use crate::{
    http::{
        MiddlewareEntry, MiddlewareList, RouteInfo, Urls,
        endpoint::Endpoint,
        middleware::{ErasedMiddleware, NamedMiddleware, Stack},
        pattern::Pattern,
        show_methods,
    },
    session::Access,
    support::Container,
};

/// Collects everything that a [`RouteTable`] is built from.
///
/// ```
/// use salon::{http::MiddlewareList, routing::{MiddlewareGroups, RouteTable}, support::Container};
///
/// let container = Container::default();
/// let table = RouteTable::builder()
///     .groups(MiddlewareGroups::new().group("web", MiddlewareList::new()))
///     .routes(Some("web"), |route| route.get("/", || async { "Welcome" }).name("home"))
///     .compile(&container)?;
/// assert_eq!(table.routes().next().and_then(|route| route.name()), Some("home"));
/// # Ok::<(), salon::routing::RoutingError>(())
/// ```
#[derive(Default)]
pub struct RouteTableBuilder {
    global: MiddlewareList,
    groups: MiddlewareGroups,
    aliases: MiddlewareAliases,
    registered: Vec<(Option<String>, Router)>,
    files: Option<Arc<dyn Endpoint>>,
}

impl RouteTableBuilder {
    /// Sets the middleware of every request, including those that match no route.
    #[must_use]
    pub fn global(mut self, global: MiddlewareList) -> Self {
        self.global = global;
        self
    }

    /// Sets the kernel's groups.
    #[must_use]
    pub fn groups(mut self, groups: MiddlewareGroups) -> Self {
        self.groups = groups;
        self
    }

    /// Sets the kernel's aliases.
    #[must_use]
    pub fn aliases(mut self, aliases: MiddlewareAliases) -> Self {
        self.aliases = aliases;
        self
    }

    /// Registers routes in one of the kernel's groups, or outside of any group.
    #[must_use]
    pub fn routes<R: Registered>(mut self, group: Option<&str>, register: impl FnOnce(&mut Router) -> R) -> Self {
        let mut router = Router::new();
        register(&mut router);
        self.registered.push((group.map(str::to_owned), router));
        self
    }

    /// Sets what responds to GET and HEAD for paths without a route, before the fallbacks. If it responds with 404, the
    /// fallbacks run.
    pub(crate) fn files(mut self, files: impl Endpoint + 'static) -> Self {
        self.files = Some(Arc::new(files));
        self
    }

    /// Builds the table, and binds the [`Urls`] of its named routes in the container.
    ///
    /// # Errors
    /// Returns a [`RoutingError`] that names the route and says what is wrong with it.
    pub fn compile(self, container: &Container) -> Result<RouteTable, RoutingError> {
        let dispatcher = Dispatcher { files: self.files, ..Dispatcher::default() };
        let mut compiler = Compiler { aliases: self.aliases, dispatcher, ..Compiler::default() };
        let global = compiler.resolve(&self.global.0, || "the kernel's global middleware".to_owned())?;
        let global = compiler.chain(&global);
        for (group, router) in self.registered {
            let mut scope = Scope::default();
            if let Some(group) = group {
                let list = self.groups.get(&group).ok_or_else(|| RoutingError::UnknownGroup {
                    nearest: nearest(&group, self.groups.names()).map(str::to_owned),
                    group: group.clone(),
                })?;
                scope.middleware = compiler.resolve(&list.0, || format!("the kernel's group `{group}`"))?;
            }
            compiler.add(router, &scope)?;
        }
        container.bind(compiler.urls);
        Ok(RouteTable::new(global, compiler.dispatcher, compiler.routes))
    }
}

impl std::fmt::Debug for RouteTableBuilder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RouteTableBuilder").field("registered", &self.registered.len()).finish_non_exhaustive()
    }
}

/// The settings that a route inherits from the groups around it.
#[derive(Clone, Default)]
struct Scope {
    prefix: String,
    name: String,
    middleware: Vec<NamedMiddleware>,
    session: Option<Access>,
}

#[derive(Default)]
struct Compiler {
    aliases: MiddlewareAliases,
    made: HashMap<String, NamedMiddleware>,
    chains: HashMap<Vec<usize>, Arc<[Arc<dyn ErasedMiddleware>]>>,
    names: HashMap<String, String>,
    urls: Urls,
    dispatcher: Dispatcher,
    routes: Vec<Arc<RouteInfo>>,
}

impl Compiler {
    fn add(&mut self, router: Router, scope: &Scope) -> Result<(), RoutingError> {
        for route in router.routes {
            self.add_route(&route.settings(), scope)?;
        }
        for (group, router) in router.groups {
            let group = group.settings();
            let prefix = join(&scope.prefix, &group.prefix);
            let mut inner = Scope { name: format!("{}{}", scope.name, group.name), ..scope.clone() };
            inner.middleware.extend(self.resolve(&group.middleware, || format!("the group `{prefix}`"))?);
            inner.prefix = prefix;
            inner.session = group.session.or(inner.session);
            self.add(router, &inner)?;
        }
        Ok(())
    }

    fn add_route(&mut self, route: &RouteSettings, scope: &Scope) -> Result<(), RoutingError> {
        let path = join(&scope.prefix, &route.path);
        let methods = if route.is_fallback { "fallback".to_owned() } else { show_methods(&route.methods) };
        let shown = format!("{methods} {path}");
        let pattern = Pattern::parse(&path).map_err(|source| RoutingError::Pattern { route: shown.clone(), source })?;
        let mut middleware = scope.middleware.clone();
        middleware.extend(self.resolve(&route.middleware, || format!("the route `{shown}`"))?);
        let name = route.name.as_ref().map(|name| format!("{}{name}", scope.name));
        let info = Arc::new(RouteInfo {
            methods: route.methods.clone(),
            parameters: pattern.parameters().map(str::to_owned).collect(),
            middleware: middleware.iter().map(|middleware| middleware.name.to_string()).collect(),
            pattern: path,
            session: route.session.or(scope.session),
            name,
        });
        let stack = Arc::new(Stack { chain: self.chain(&middleware), endpoint: Arc::clone(&route.endpoint) });
        let compiled = CompiledRoute { info: Arc::clone(&info), stack, shown };
        let paths = pattern.paths();
        let table = if route.is_fallback { &mut self.dispatcher.fallbacks } else { &mut self.dispatcher.paths };
        for path in &paths {
            table.insert(path, &compiled)?;
            // `{*fallback}` does not match an empty path.
            if let Some(prefix) = path.strip_suffix("{*fallback}").filter(|_| route.is_fallback) {
                table.insert(prefix, &compiled)?;
                if prefix != "/" {
                    table.insert(prefix.trim_end_matches('/'), &compiled)?;
                }
            }
        }
        if let Some(name) = &info.name {
            if let Some(first) = self.names.insert(name.clone(), compiled.shown.clone()) {
                return Err(RoutingError::DuplicateName { name: name.clone(), first, second: compiled.shown });
            }
            self.urls.insert(name, pattern);
        }
        self.routes.push(info);
        Ok(())
    }

    /// Looks up the aliases of a list. Middleware is created once per distinct text.
    fn resolve(
        &mut self,
        entries: &[MiddlewareEntry],
        place: impl Fn() -> String,
    ) -> Result<Vec<NamedMiddleware>, RoutingError> {
        let resolved = entries.iter().map(|entry| {
            let alias = match entry {
                MiddlewareEntry::Value(value) => return Ok(value.clone()),
                MiddlewareEntry::Alias(alias) => alias,
            };
            if let Some(made) = self.made.get(alias) {
                return Ok(made.clone());
            }
            let made = self.aliases.make(alias).ok_or_else(|| RoutingError::UnknownAlias {
                alias: alias.clone(),
                place: place(),
                nearest: nearest(alias, self.aliases.names()).map(str::to_owned),
            })?;
            let middleware =
                made.map_err(|reason| RoutingError::Alias { alias: alias.clone(), place: place(), reason })?;
            let made = NamedMiddleware { name: alias.as_str().into(), middleware };
            self.made.insert(alias.clone(), made.clone());
            Ok(made)
        });
        resolved.collect()
    }

    /// Returns one shared chain for all routes with the same middleware.
    fn chain(&mut self, middleware: &[NamedMiddleware]) -> Arc<[Arc<dyn ErasedMiddleware>]> {
        let key = middleware.iter().map(|named| Arc::as_ptr(&named.middleware).addr()).collect();
        let make = || middleware.iter().map(|named| Arc::clone(&named.middleware)).collect();
        Arc::clone(self.chains.entry(key).or_insert_with(make))
    }
}

/// Joins a prefix and a path with exactly one slash. The prefix alone gets no trailing slash.
fn join(prefix: &str, path: &str) -> String {
    let (prefix, path) = (prefix.trim_matches('/'), path.trim_start_matches('/'));
    let slash = if prefix.is_empty() || path.is_empty() { "" } else { "/" };
    format!("/{prefix}{slash}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Next, Request, Response};

    async fn pass(request: Request, next: Next) -> Response {
        next.run(request).await
    }

    #[test]
    fn equal_chains_are_one() {
        let mut compiler = Compiler::default();
        let (first, second) = (NamedMiddleware::new(pass), NamedMiddleware::new(pass));
        let both = compiler.chain(&[first.clone(), second.clone()]);
        assert!(Arc::ptr_eq(&both, &compiler.chain(&[first.clone(), second.clone()])));
        assert!(!Arc::ptr_eq(&both, &compiler.chain(&[second, first])));
    }

    #[test]
    fn a_prefix_and_a_path_have_one_slash_between_them() {
        for (prefix, path, joined) in [
            ("", "/", "/"),
            ("", "a", "/a"),
            ("/admin", "/", "/admin"),
            ("/admin/", "/users", "/admin/users"),
            ("/", "/a/", "/a/"),
        ] {
            assert_eq!(join(prefix, path), joined);
        }
    }
}
