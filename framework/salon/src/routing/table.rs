//! The table of all routes, which responds to requests.

use std::{collections::HashMap, fmt, iter, sync::Arc};

use futures_util::future::BoxFuture;
use http::{Method, StatusCode, header};
use http_body::Body as _;
use percent_encoding::percent_decode_str;

use super::{
    RouteTableBuilder, RoutingError,
    automatic_options::AutomaticOptions,
    compiled_route::CompiledRoute,
    method_table::{Found, MethodTable},
};
use crate::http::{
    Body, Context, Error, IntoResponse, MatchedRoute, Middleware, Next, Request, Response, RouteInfo, abort,
    endpoint::Endpoint,
    entity_tag::KnownTags,
    middleware::{ErasedMiddleware, Stack},
    panicked::catch_panic,
};

/// Routes by path, then by method.
#[derive(Default)]
pub(super) struct Paths {
    matcher: matchit::Router<usize>,
    tables: Vec<MethodTable<CompiledRoute>>,
    known: HashMap<String, usize>,
}

/// The routes of a path, and the values of its parameters.
type Match<'paths, 'path> = (&'paths MethodTable<CompiledRoute>, matchit::Params<'paths, 'path>);

impl Paths {
    pub(super) fn insert(&mut self, path: &str, route: &CompiledRoute) -> Result<(), RoutingError> {
        let at = match self.known.get(path) {
            Some(at) => *at,
            None => {
                let at = self.tables.len();
                self.matcher.insert(path, at).map_err(|source| match source {
                    matchit::InsertError::Conflict { with } => {
                        RoutingError::Conflict { route: route.shown.clone(), other: with }
                    }
                    source => RoutingError::Path { route: route.shown.clone(), source },
                })?;
                self.known.insert(path.to_owned(), at);
                self.tables.push(MethodTable::default());
                at
            }
        };
        let table = &mut self.tables[at];
        let duplicate =
            |first: &CompiledRoute| RoutingError::Duplicate { first: first.shown.clone(), second: route.shown.clone() };
        if route.info.methods.is_empty() {
            return table.insert(None, route.clone()).map_err(duplicate);
        }
        let mut methods = route.info.methods.iter();
        methods.try_for_each(|method| table.insert(Some(method), route.clone()).map_err(duplicate))
    }

    fn find<'paths, 'path>(&'paths self, path: &'path str) -> Option<Match<'paths, 'path>> {
        let found = self.matcher.at(path).ok()?;
        Some((self.tables.get(*found.value)?, found.params))
    }
}

/// All routes with the middleware around them. [`RouteTable::builder`] builds it once, at startup.
pub struct RouteTable {
    /// The global middleware around the dispatcher.
    global: Arc<Stack>,
    dispatcher: Arc<Dispatcher>,
    routes: Vec<Arc<RouteInfo>>,
}

impl RouteTable {
    /// Starts building a table.
    #[must_use]
    pub fn builder() -> RouteTableBuilder {
        RouteTableBuilder::default()
    }

    pub(super) fn new(
        global: Arc<[Arc<dyn ErasedMiddleware>]>,
        dispatcher: Dispatcher,
        routes: Vec<Arc<RouteInfo>>,
    ) -> Self {
        let dispatcher = Arc::new(dispatcher);
        let endpoint: Arc<dyn Endpoint> = Arc::<Dispatcher>::clone(&dispatcher);
        Self { global: Arc::new(Stack { chain: global, endpoint }), dispatcher, routes }
    }

    /// Handles a request: runs the global middleware, then the route with its own. This includes 404, 405, `HEAD` and
    /// `OPTIONS`, which no session is loaded for unless a route handles it. A panic anywhere in it becomes a 500.
    pub async fn handle(&self, request: Request) -> Response {
        let is_head = request.method() == Method::HEAD;
        let context = Arc::clone(request.context());
        let tags = KnownTags::new(request.headers());
        let answer = Next::start(Arc::clone(&self.global)).run(request);
        let mut response = catch_panic(Context::scope(context, answer)).await;
        tags.weaken(&mut response);
        if is_head { without_body(response) } else { response }
    }

    /// Returns the middleware of this type that runs for any request.
    pub(crate) fn find_middleware<M: Middleware>(&self) -> impl Iterator<Item = &M> {
        let tables = [&self.dispatcher.paths, &self.dispatcher.fallbacks].into_iter().flat_map(|paths| &paths.tables);
        let stacks = tables.flat_map(MethodTable::routes).map(|route| &route.stack);
        iter::once(&self.global).chain(stacks).flat_map(|stack| stack.find())
    }

    /// True if middleware of this type runs for requests with this method and path.
    pub(crate) fn runs<M: Middleware>(&self, method: &Method, path: &str) -> bool {
        let stack = match self.dispatcher.table(path).map(|(table, _)| table.find(method)) {
            Some(Found::Route(route)) => Some(&route.stack),
            _ => None,
        };
        iter::once(&self.global).chain(stack).any(|stack| stack.find::<M>().next().is_some())
    }

    /// Returns all routes in the order in which they were compiled.
    pub fn routes(&self) -> impl ExactSizeIterator<Item = &RouteInfo> {
        self.routes.iter().map(AsRef::as_ref)
    }
}

impl fmt::Debug for RouteTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RouteTable").field("routes", &self.routes.len()).finish_non_exhaustive()
    }
}

/// Turns the response to `GET` into one for `HEAD`.
fn without_body(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact().filter(|length| *length > 0) {
        parts.headers.entry(header::CONTENT_LENGTH).or_insert_with(|| length.into());
    }
    Response::from_parts(parts, Body::empty())
}

/// Finds the route of a request, and runs it.
#[derive(Default)]
pub(super) struct Dispatcher {
    pub(super) paths: Paths,
    pub(super) files: Option<Arc<dyn Endpoint>>,
    pub(super) fallbacks: Paths,
}

impl Dispatcher {
    async fn dispatch(&self, request: Request) -> Response {
        let mut route = self.paths.find(request.path()).map(|found| record(&request, found));
        if route.is_none() {
            if let Some((files, request)) = self.file_request(&request) {
                let file = files.call(request).await;
                if file.status() != StatusCode::NOT_FOUND {
                    return file;
                }
            }
            route = self.fallbacks.find(request.path()).map(|found| record(&request, found));
        }
        let route = match route {
            Some(Ok(route)) => route,
            Some(Err(answer)) => return *answer,
            None => return Error::not_found().into_response(),
        };
        match route {
            Answer::Route(route) => Next::start(Arc::clone(&route.stack)).run(request).await,
            // Boxed, so that no other request carries the room for it.
            Answer::Options(options) => Box::pin(options.answer(request)).await,
        }
    }

    /// Returns the request for the public file of a path that no route has, and what answers it.
    fn file_request(&self, request: &Request) -> Option<(&Arc<dyn Endpoint>, Request)> {
        let files = self.files.as_ref().filter(|_| matches!(*request.method(), Method::GET | Method::HEAD))?;
        let mut head = http::Request::new(Body::empty());
        *head.method_mut() = request.method().clone();
        *head.uri_mut() = request.uri().clone();
        *head.headers_mut() = request.headers().clone();
        Some((files, Request::new(head, Arc::clone(request.context()))))
    }

    /// Finds the routes of a path, or else the fallback.
    fn table<'paths, 'path>(&'paths self, path: &'path str) -> Option<Match<'paths, 'path>> {
        self.paths.find(path).or_else(|| self.fallbacks.find(path))
    }
}

/// What answers a request whose path has routes.
enum Answer<'paths> {
    Route(&'paths CompiledRoute),
    Options(AutomaticOptions),
}

/// Chooses the route for the request's method, and records it in the request's context. Returns a response if there
/// is none.
fn record<'paths>(request: &Request, (table, params): Match<'paths, '_>) -> Result<Answer<'paths>, Box<Response>> {
    let (route, answer) = match table.find(request.method()) {
        Found::Route(route) => (route, Answer::Route(route)),
        Found::Options(first, allow) => {
            let route = asked_about(request, table).unwrap_or(first);
            (route, Answer::Options(AutomaticOptions::new(route, allow)))
        }
        Found::NotAllowed(allow) => {
            let error = abort(StatusCode::METHOD_NOT_ALLOWED).with_header(header::ALLOW, allow.clone());
            return Err(Box::new(error.into_response()));
        }
    };
    let values = params.iter().map(|(_, value)| Ok(percent_decode_str(value).decode_utf8()?.into_owned()));
    let values = values.collect::<Result<Vec<String>, std::str::Utf8Error>>().map_err(|error| {
        let error = Error::new(StatusCode::BAD_REQUEST, "The address is not valid UTF-8.").with_source(error);
        Box::new(error.into_response())
    })?;
    request.context().set_route(MatchedRoute::new(Arc::clone(&route.info), values));
    Ok(answer)
}

/// Returns the route for the method that a browser asks about before it sends a request to another origin.
fn asked_about<'paths>(request: &Request, table: &'paths MethodTable<CompiledRoute>) -> Option<&'paths CompiledRoute> {
    let method = request.headers().get(header::ACCESS_CONTROL_REQUEST_METHOD)?;
    match table.find(&Method::from_bytes(method.as_bytes()).ok()?) {
        Found::Route(route) => Some(route),
        Found::Options(..) | Found::NotAllowed(_) => None,
    }
}

impl Endpoint for Dispatcher {
    fn call(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(self.dispatch(request))
    }
}
