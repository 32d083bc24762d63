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
use crate::http::{Body, Error, IntoResponse, Panicked, Response, abort};

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
            let error = error.try_into_panic().map(|payload| Error::from(Panicked::new(&*payload)));
            error.unwrap_or_else(|_| abort(StatusCode::SERVICE_UNAVAILABLE)).into_response()
        })
    }
}
