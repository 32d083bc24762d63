//! The bridge to tower: uses any layer as middleware.

use std::{
    convert::Infallible,
    task::{Context as TaskContext, Poll},
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tower::{ServiceExt, util::BoxCloneSyncService};
use tower_layer::Layer;
use tower_service::Service;

use super::{
    Body, Context, Error, IntoResponse, Middleware, Next, Request, Response, body::BoxError, request::MissingContext,
};

/// Turns a `tower::Layer` into middleware. The layer is applied once, here, so that requests share its state (for
/// example a concurrency limit). An error of its service becomes a 500.
///
/// Lists take layers directly with [`MiddlewareList::layer`](super::MiddlewareList::layer). On a route:
///
/// ```
/// use salon::http::{MiddlewareList, from_layer};
/// use tower_http::compression::CompressionLayer;
///
/// let list = MiddlewareList::new().with(from_layer(CompressionLayer::new()));
/// assert_eq!(list.len(), 1);
/// ```
pub fn from_layer<L, B>(layer: L) -> impl Middleware
where
    L: Layer<ResumeNext>,
    L::Service: Service<http::Request<Body>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
    <L::Service as Service<http::Request<Body>>>::Error: Into<BoxError>,
    <L::Service as Service<http::Request<Body>>>::Future: Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let service = layer.layer(ResumeNext(()));
    let service = service.map_response(|response: http::Response<B>| response.map(Body::new)).map_err(Into::into);
    Tower(BoxCloneSyncService::new(service))
}

/// A layer's service with its type erased.
struct Tower(BoxCloneSyncService<http::Request<Body>, Response, BoxError>);

impl Middleware for Tower {
    async fn handle(&self, request: Request, next: Next) -> Response {
        let mut request = http::Request::from(request);
        request.extensions_mut().insert(next);
        let answer = self.0.clone().oneshot(request).await;
        answer.unwrap_or_else(|error| Error::from_boxed(error).into_response())
    }
}

/// The innermost service of a layer: continues with the chain that waits in the request's extensions.
#[derive(Clone, Debug)]
pub struct ResumeNext(());

// Generic over the body, because layers change its type on the way in (for example `RequestBodyLimit`).
impl<B> Service<http::Request<B>> for ResumeNext
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let mut request = request.map(Body::new);
        Box::pin(async move {
            let next = request.extensions_mut().remove::<Next>();
            let (Some(next), Ok(request)) = (next, Request::try_from(request)) else {
                return Ok(Error::from(MissingContext).into_response());
            };
            // A layer may have moved the request to another task.
            Ok(Context::scope(request.context().clone(), next.run(request)).await)
        })
    }
}

#[cfg(test)]
mod tests;
