//! One connection: from the accepted socket to the service.

use std::{convert::Infallible, sync::Arc, time::Duration};

use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{io::AsyncWriteExt, pin, select};

use super::{
    connections::Place, handshake::Handshake, service::Service, socket::Socket, watched_stream::WatchedStream,
};
use crate::http::{Body, Peer, Response};

/// How often an HTTP/2 client is pinged.
const PING_INTERVAL: Duration = Duration::from_secs(30);
/// The most bytes of the head of a request. Browsers and proxies send less than 16 KiB.
const MAX_HEAD: usize = 32 * 1024;
/// The requests that one HTTP/2 connection may have in flight.
const MAX_STREAMS: u32 = 100;
/// The bytes of a response that HTTP/2 may hold while the client does not read.
const MAX_SEND_BUFFER: usize = 64 * 1024;
/// The bytes of request bodies that an HTTP/2 client may send before a handler has read them: of one request, and of all
/// requests of a connection.
const WINDOWS: (u32, u32) = (64 * 1024, 256 * 1024);

/// The protocols that the server speaks.
pub(super) fn protocols() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // hyper has timers for heads and for idle connections, one for each. Here `Activity` covers both without timers.
    builder.http1().header_read_timeout(None).max_buf_size(MAX_HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_INTERVAL)
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(u32::try_from(MAX_HEAD / 2).unwrap_or(u32::MAX))
        .max_send_buf_size(MAX_SEND_BUFFER)
        .initial_stream_window_size(WINDOWS.0)
        .initial_connection_window_size(WINDOWS.1);
    builder
}

/// Serves one connection until it ends, or until it may not go on.
pub(super) async fn serve<S, Fut>(
    protocols: Arc<auto::Builder<TokioExecutor>>,
    service: Arc<Service<S>>,
    socket: Socket,
    handshake: Handshake,
    peer: Peer,
    place: Arc<Place>,
) where
    S: Fn(http::Request<Body>, Peer) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Response> + Send + 'static,
{
    let (drain, abort) = (place.activity().drain.clone(), place.activity().abort.clone());
    let (asked, kept) = (Arc::clone(&place), Arc::clone(&place));
    let service = service_fn(move |request: http::Request<Incoming>| {
        let (service, place) = (Arc::clone(&service), Arc::clone(&asked));
        async move { Ok::<_, Infallible>(service.answer(request, peer, &place).await) }
    });
    let opened = select! {
        opened = handshake.perform(WatchedStream::new(socket, place)) => opened,
        () = abort.cancelled() => return,
        () = drain.cancelled() => return,
    };
    let stream = match opened {
        Ok(stream) => TokioIo::new(stream),
        Err(error) => {
            // Whoever speaks something else ends up here, too.
            tracing::debug!(?peer, %error, "a TLS handshake failed");
            return;
        }
    };
    {
        let connection = protocols.serve_connection_with_upgrades(stream, service);
        pin!(connection);
        let mut is_draining = false;
        loop {
            select! {
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        // Clients disconnect whenever they like; that is not an error of the app.
                        tracing::debug!(?peer, error = &*error, "a connection ended early");
                    }
                    break;
                }
                () = abort.cancelled() => return,
                () = drain.cancelled(), if !is_draining => {
                    is_draining = true;
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    }
    // hyper hands over a connection whose client asked for another protocol, whatever the answer was, without closing it. If
    // the connection has failed, there is none, because it was dropped above.
    if let Some(declined) = kept.declined() {
        let close = async {
            if let Ok(upgraded) = declined.await {
                drop(TokioIo::new(upgraded).shutdown().await);
            }
        };
        select! {
            () = close => {}
            () = abort.cancelled() => {}
        }
    }
}
