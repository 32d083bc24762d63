//! The server: hyper over TCP, HTTP/1.1 and HTTP/2, with limits and a graceful shutdown.

use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};

use futures_util::future::join;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::{
    net::{TcpListener, TcpStream, ToSocketAddrs},
    pin, select,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_util::task::TaskTracker;

use super::{ServerError, ServerOptions, connection::Connections};
use crate::http::{Body, Response};

/// How long to wait before accepting again when the operating system has run out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// A server that is listening, but does not serve requests yet.
///
/// ```
/// use salon::http::{Body, Response, Server};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let server = Server::bind("127.0.0.1:0").await?;
/// println!("listening on http://{}", server.local_addr());
/// # let stop = async {};
/// server.serve(|_request, _peer| async { Response::new(Body::from("hello")) }, stop).await;
/// # Ok::<(), salon::http::ServerError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    options: ServerOptions,
}

impl Server {
    /// Listens on an address. With port 0 the operating system chooses the port.
    ///
    /// # Errors
    /// Returns a [`ServerError`] that says why it cannot listen and what to do.
    pub async fn bind(address: impl ToSocketAddrs + fmt::Display) -> Result<Self, ServerError> {
        let text = address.to_string();
        let bound = TcpListener::bind(address).await.and_then(|listener| Ok((listener.local_addr()?, listener)));
        match bound {
            Ok((address, listener)) => Ok(Self { listener, address, options: ServerOptions::default() }),
            Err(source) => Err(match source.kind() {
                io::ErrorKind::AddrInUse => ServerError::InUse { address: text, source },
                io::ErrorKind::PermissionDenied => ServerError::NotAllowed { address: text, source },
                _ => ServerError::Address { address: text, source },
            }),
        }
    }

    /// Changes the limits.
    #[must_use]
    pub const fn options(mut self, options: ServerOptions) -> Self {
        self.options = options;
        self
    }

    /// Returns the address that it listens on.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves requests until `shutdown` completes. Then it stops accepting, lets requests in flight finish, and returns
    /// when they have finished or the deadline has passed.
    ///
    /// A request that may change something (not `GET`, `HEAD`, `OPTIONS` or `TRACE`) runs to completion even if its
    /// client disconnects.
    pub async fn serve<S, Fut>(self, service: S, shutdown: impl Future<Output = ()>)
    where
        S: Fn(http::Request<Body>, SocketAddr) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Response> + Send + 'static,
    {
        let tasks = TaskTracker::new();
        let graceful = GracefulShutdown::new();
        let places = Arc::new(Semaphore::new(self.options.connections));
        let connections = Connections::new(service, tasks.clone(), self.options.header_read_timeout);
        pin!(shutdown);
        loop {
            let accepted = select! {
                () = &mut shutdown => break,
                accepted = accept(&self.listener, &places) => accepted,
            };
            let Some((stream, peer, place)) = accepted else { break };
            let connection = connections.connection(stream, peer, graceful.watcher());
            tasks.spawn(async move {
                connection.await;
                drop(place);
            });
        }
        drop(self.listener);
        tasks.close();
        let deadline = self.options.shutdown_deadline;
        if timeout(deadline, join(graceful.shutdown(), tasks.wait())).await.is_err() {
            tracing::warn!(
                unfinished = tasks.len(),
                ?deadline,
                "the shutdown deadline passed before all work had finished"
            );
        }
    }
}

/// Accepts the next connection once a permit is free. Returns `None` if the semaphore is closed.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "cannot set TCP_NODELAY");
                }
                return Some((stream, peer, place));
            }
            // The client disconnected before it was accepted.
            Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => {
            }
            Err(error) => {
                tracing::error!(%error, "cannot accept a connection: retrying in a second");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
