//! Where a chain of middleware ends.

use futures_util::future::BoxFuture;

use super::{IntoResponse, Request, Response};

/// What finally answers a request: a handler, the router, or a test's closure.
pub(crate) trait Endpoint: Send + Sync {
    fn call(&self, request: Request) -> BoxFuture<'_, Response>;
}

impl<F, Fut> Endpoint for F
where
    F: Fn(Request) -> Fut + Send + Sync,
    Fut: Future<Output: IntoResponse> + Send + 'static,
{
    fn call(&self, request: Request) -> BoxFuture<'_, Response> {
        let future = self(request);
        Box::pin(async move { future.await.into_response() })
    }
}
