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

use super::{Body, Context, Error, IntoResponse, Middleware, Next, Request, Response, request::MissingContext};
use crate::session::BoxError;

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
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use http::StatusCode;
    use tower::ServiceBuilder;
    use tower_http::compression::CompressionLayer;

    use super::*;
    use crate::{http::ErrorReport, support::Container};

    fn request() -> Request {
        let request = http::Request::get("/").header("accept-encoding", "gzip").body(Body::empty()).unwrap();
        let request = Request::new(request, Arc::new(Context::new(Arc::new(Container::default()), None)));
        request.context().set_session(crate::doc_support::session());
        request
    }

    /// Responds with 200 only if both the request and the task still have the context.
    fn endpoint() -> Next {
        Next::new(|request: Request| async move {
            let current = Context::current().is_some_and(|current| Arc::ptr_eq(&current, request.context()));
            if request.has_session() && current { Ok("x".repeat(1000)) } else { Err(Error::not_found()) }
        })
    }

    #[tokio::test]
    async fn a_layer_that_changes_the_response_keeps_the_context() {
        let response = from_layer(CompressionLayer::new()).handle(request(), endpoint()).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-encoding"], "gzip");
    }

    /// Wraps the request's body in another type, as `RequestBodyLimit` does.
    #[derive(Clone)]
    struct LimitBody<S>(S);

    impl<S> Service<http::Request<Body>> for LimitBody<S>
    where
        S: Service<http::Request<http_body_util::Limited<Body>>>,
    {
        type Response = S::Response;
        type Error = S::Error;
        type Future = S::Future;

        fn poll_ready(&mut self, context: &mut TaskContext<'_>) -> Poll<Result<(), S::Error>> {
            self.0.poll_ready(context)
        }

        fn call(&mut self, request: http::Request<Body>) -> S::Future {
            self.0.call(request.map(|body| http_body_util::Limited::new(body, 3)))
        }
    }

    #[tokio::test]
    async fn a_layer_that_changes_the_body_keeps_the_context() {
        let layer = || tower_layer::layer_fn(LimitBody);
        let response = from_layer(layer()).handle(request(), endpoint()).await;
        assert_eq!(response.status(), StatusCode::OK);

        let mut long = request();
        *long.body_mut() = Body::from("1234");
        let reader = Next::new(|request: Request| async move {
            let bytes = request.into_body().collect(100).await?;
            Ok::<_, Error>(bytes)
        });
        let response = from_layer(layer()).handle(long, reader).await;
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[derive(Debug, thiserror::Error)]
    #[error("too slow")]
    struct TooSlow;

    #[tokio::test]
    async fn an_error_of_a_layer_is_a_500_that_keeps_its_cause() {
        let failing = tower_layer::layer_fn(|_: ResumeNext| {
            tower::service_fn(|_: http::Request<Body>| async { Err::<Response, _>(TooSlow) })
        });
        let response = from_layer(failing).handle(request(), endpoint()).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let report = response.extensions().get::<ErrorReport>().unwrap();
        assert!(report.downcast_ref::<TooSlow>().is_some());
    }

    #[tokio::test]
    async fn a_layer_that_drops_the_extensions_is_told_so() {
        let layer = ServiceBuilder::new().map_request(|_: http::Request<Body>| http::Request::new(Body::empty()));
        let response = from_layer(layer).handle(request(), endpoint()).await;
        let report = response.extensions().get::<ErrorReport>().unwrap();
        assert!(report.downcast_ref::<MissingContext>().is_some());
    }

    #[tokio::test]
    async fn what_a_layer_shares_is_shared_between_requests() {
        let counting = tower_layer::layer_fn(|inner: ResumeNext| {
            let seen = Arc::new(AtomicUsize::new(0));
            inner.map_request(move |mut request: http::Request<Body>| {
                request.headers_mut().insert("x-seen", (seen.fetch_add(1, Ordering::SeqCst) + 1).into());
                request
            })
        });
        let counting = from_layer(counting);
        let echo = Next::new(|request: Request| async move { request.header("x-seen").unwrap_or_default().to_owned() });
        for expected in ["1", "2"] {
            let response = counting.handle(request(), echo.clone()).await;
            assert_eq!(response.into_body().collect(10).await.unwrap(), expected);
        }
    }
}
