//! Middleware: code that runs around a handler.

use std::{
    any::{Any, type_name},
    sync::Arc,
};

use futures_util::future::BoxFuture;

use super::{IntoResponse, Request, Response, endpoint::Endpoint};

/// Handles a request before and after the rest of the chain.
///
/// A plain `async fn(Request, Next) -> Response` is middleware, also when it returns a `Result`.
/// [`from_layer`](super::from_layer) turns any `tower::Layer` into middleware.
///
/// ```
/// use salon::http::{HeaderValue, Middleware, MiddlewareList, Next, Request, Response, Result};
///
/// struct PoweredBy(&'static str);
///
/// impl Middleware for PoweredBy {
///     async fn handle(&self, request: Request, next: Next) -> Response {
///         let mut response = next.run(request).await;
///         response.headers_mut().insert("x-powered-by", HeaderValue::from_static(self.0));
///         response
///     }
/// }
///
/// async fn refuse_robots(request: Request, next: Next) -> Result<Response> {
///     if request.header("user-agent") == Some("robot") {
///         return Err(salon::http::Error::not_found());
///     }
///     Ok(next.run(request).await)
/// }
///
/// let list = MiddlewareList::new().with(PoweredBy("steam")).with(refuse_robots);
/// assert_eq!(list.len(), 2);
/// ```
pub trait Middleware: Send + Sync + 'static {
    /// Responds to the request, either directly or with the response of `next`.
    fn handle(&self, request: Request, next: Next) -> impl Future<Output = Response> + Send;
}

impl<F, Fut> Middleware for F
where
    F: Fn(Request, Next) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: IntoResponse> + Send,
{
    async fn handle(&self, request: Request, next: Next) -> Response {
        self(request, next).await.into_response()
    }
}

/// Middleware with its type erased. The app asks for single types to check how they are configured.
pub(crate) trait ErasedMiddleware: Any + Send + Sync {
    fn handle(&self, request: Request, next: Next) -> BoxFuture<'_, Response>;
}

impl<M: Middleware> ErasedMiddleware for M {
    fn handle(&self, request: Request, next: Next) -> BoxFuture<'_, Response> {
        Box::pin(Middleware::handle(self, request, next))
    }
}

/// Middleware together with the name that `route:list` shows.
#[derive(Clone)]
pub(crate) struct NamedMiddleware {
    pub(crate) name: Arc<str>,
    pub(crate) middleware: Arc<dyn ErasedMiddleware>,
}

impl NamedMiddleware {
    pub(crate) fn new<M: Middleware>(middleware: M) -> Self {
        Self::named(short_name::<M>(), middleware)
    }

    pub(crate) fn named<M: Middleware>(name: &str, middleware: M) -> Self {
        Self { name: name.into(), middleware: Arc::new(middleware) }
    }
}

/// Returns the last part of a type's path, without its parameters.
pub(crate) fn short_name<T: ?Sized>() -> &'static str {
    let path = type_name::<T>();
    let path = path.split('<').next().unwrap_or(path);
    // A closure is named after the function around it.
    path.split("::").filter(|part| *part != "{{closure}}").last().unwrap_or(path)
}

/// A chain of middleware and its endpoint.
pub(crate) struct Stack {
    pub(crate) chain: Arc<[Arc<dyn ErasedMiddleware>]>,
    pub(crate) endpoint: Arc<dyn Endpoint>,
}

impl Stack {
    /// Returns the middleware of this type in the chain.
    pub(crate) fn find<M: Middleware>(&self) -> impl Iterator<Item = &M> {
        self.chain.iter().filter_map(|middleware| {
            let any: &dyn Any = &**middleware;
            any.downcast_ref()
        })
    }
}

/// The rest of the chain.
#[derive(Clone)]
pub struct Next {
    stack: Arc<Stack>,
    at: usize,
}

impl Next {
    /// Creates a chain that consists only of this function, for testing middleware in isolation.
    ///
    /// ```
    /// use salon::http::{Next, Request};
    ///
    /// let next = Next::new(|_request: Request| async { "the handler's response" });
    /// ```
    pub fn new<F, Fut>(endpoint: F) -> Self
    where
        F: Fn(Request) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoResponse> + Send + 'static,
    {
        Self::start(Arc::new(Stack { chain: Arc::new([]), endpoint: Arc::new(endpoint) }))
    }

    pub(crate) const fn start(stack: Arc<Stack>) -> Self {
        Self { stack, at: 0 }
    }

    /// Runs the rest of the chain.
    pub async fn run(self, request: Request) -> Response {
        let Self { stack, at } = self;
        match stack.chain.get(at) {
            Some(middleware) => middleware.handle(request, Self { stack: Arc::clone(&stack), at: at + 1 }).await,
            None => stack.endpoint.call(request).await,
        }
    }
}

impl std::fmt::Debug for Next {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Next").field("left", &(self.stack.chain.len() - self.at)).finish_non_exhaustive()
    }
}
