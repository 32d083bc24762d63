//! The server: hyper over TCP, HTTP/1.1 and HTTP/2, with limits and a graceful shutdown.

use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream, ToSocketAddrs},
    pin, select,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{ServerError, ServerOptions, connection, connections::Connections, descriptors, service::Service};
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
        let (tasks, stopping) = (TaskTracker::new(), CancellationToken::new());
        let connections = Connections::new(self.options, descriptors::raise(), stopping.clone());
        let options = *connections.options();
        let service = Arc::new(Service::new(service, tasks.clone(), options));
        let protocols = Arc::new(connection::protocols());
        let watching = tokio::spawn(Arc::clone(&connections).watch());
        pin!(shutdown);
        loop {
            let (stream, peer) = select! {
                () = &mut shutdown => break,
                accepted = accept(&self.listener) => accepted,
            };
            // Without a place the connection is closed.
            if let Some(place) = connections.admit(peer.ip()) {
                let (protocols, service) = (Arc::clone(&protocols), Arc::clone(&service));
                tasks.spawn(connection::serve(protocols, service, stream, peer, place));
            }
        }
        drop(self.listener);
        stopping.cancel();
        tasks.close();
        let deadline = options.shutdown_timeout;
        if timeout(deadline, tasks.wait()).await.is_err() {
            tracing::warn!(
                unfinished = tasks.len(),
                ?deadline,
                "the shutdown deadline passed before all work had finished"
            );
        }
        watching.abort();
    }
}

/// Accepts the next connection.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "cannot set TCP_NODELAY");
                }
                return (stream, peer);
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
