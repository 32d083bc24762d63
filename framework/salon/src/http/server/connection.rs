//! One connection: from the accepted socket to the service.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use http::StatusCode;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::Watcher},
};
use tokio::net::TcpStream;
use tokio_util::task::TaskTracker;

use super::sniff_deadline::SniffDeadline;
use crate::http::{Body, IntoResponse, Response};

/// How often an HTTP/2 client is pinged.
const PING_INTERVAL: Duration = Duration::from_secs(30);

/// What all connections share.
pub(super) struct Connections<S> {
    builder: auto::Builder<TokioExecutor>,
    service: Arc<Service<S>>,
    header_read_timeout: Duration,
}

struct Service<S> {
    handle: S,
    tasks: TaskTracker,
}

impl<S, Fut> Connections<S>
where
    S: Fn(http::Request<Body>, SocketAddr) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Response> + Send + 'static,
{
    pub(super) fn new(handle: S, tasks: TaskTracker, header_read_timeout: Duration) -> Self {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        // Without a timer, hyper would silently ignore the timeout.
        builder.http1().timer(TokioTimer::new()).header_read_timeout(header_read_timeout);
        builder.http2().timer(TokioTimer::new()).keep_alive_interval(PING_INTERVAL);
        Self { builder, service: Arc::new(Service { handle, tasks }), header_read_timeout }
    }

    /// Serves one connection until it ends.
    pub(super) fn connection(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        watcher: Watcher,
    ) -> impl Future<Output = ()> + Send + use<S, Fut> {
        let service = Arc::clone(&self.service);
        let service = service_fn(move |request: http::Request<Incoming>| {
            let service = Arc::clone(&service);
            async move { Ok::<_, Infallible>(service.answer(request.map(Body::new), peer).await) }
        });
        let stream = TokioIo::new(SniffDeadline::new(stream, self.header_read_timeout));
        let connection = watcher.watch(self.builder.serve_connection(stream, service).into_owned());
        async move {
            if let Err(error) = connection.await {
                // Clients disconnect whenever they like; that is not an error of the app.
                tracing::debug!(%peer, error = &*error, "a connection ended early");
            }
        }
    }
}

impl<S, Fut> Service<S>
where
    S: Fn(http::Request<Body>, SocketAddr) -> Fut + Send + Sync,
    Fut: Future<Output = Response> + Send + 'static,
{
    async fn answer(&self, request: http::Request<Body>, peer: SocketAddr) -> Response {
        let is_safe = request.method().is_safe();
        let answer = (self.handle)(request, peer);
        if is_safe {
            return answer.await;
        }
        // In its own task it continues when the connection's task is dropped.
        self.tasks.spawn(answer).await.unwrap_or_else(|error| {
            // The panic hook has already reported the panic.
            let status =
                if error.is_panic() { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::SERVICE_UNAVAILABLE };
            status.into_response()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::ErrorReport;

    #[tokio::test]
    async fn a_panic_in_a_task_of_its_own_is_a_plain_500() {
        async fn fail(_: http::Request<Body>, _: SocketAddr) -> Response {
            panic!("oh no")
        }
        let service = Service { handle: fail, tasks: TaskTracker::new() };
        let request = http::Request::post("/").body(Body::empty()).unwrap();
        let response = service.answer(request, SocketAddr::from(([127, 0, 0, 1], 80))).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(response.extensions().get::<ErrorReport>().is_none(), "nobody reads a report of it");
    }
}
