//! The server: hyper over TCP and Unix sockets, HTTP/1.1 and HTTP/2, with limits and a graceful shutdown.

use std::{fmt, net::SocketAddr, sync::Arc};

use tokio::{net::ToSocketAddrs, pin, select, task::JoinSet, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Listener, ServerError, ServerOptions, acceptor::Acceptor, connection, connections::Connections, descriptors,
    handshake::Handshake, service::Service,
};
use crate::http::{Body, Peer, Response};

/// A server that is listening, but does not serve requests yet. Its `Display` shows where: `http://127.0.0.1:3000 and
/// unix:/run/blog/http.sock`.
///
/// ```
/// use salon::http::{Body, Response, Server};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let server = Server::bind("127.0.0.1:0").await?;
/// println!("listening on {server}");
/// # let stop = async {};
/// server.serve(|_request, _peer| async { Response::new(Body::from("hello")) }, stop).await;
/// # Ok::<(), salon::http::ServerError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Server {
    listeners: Vec<Listener>,
    options: ServerOptions,
    #[cfg(feature = "tls")]
    tls: Option<super::Tls>,
}

impl Server {
    /// Listens on an address of TCP. With port 0 the operating system chooses the port.
    ///
    /// # Errors
    /// Returns a [`ServerError`] that says why it cannot listen and what to do.
    pub async fn bind(address: impl ToSocketAddrs + fmt::Display) -> Result<Self, ServerError> {
        Self::from_listener(Listener::tcp(address).await?)
    }

    /// Accepts connections from a listener: a [`Listener`], or one of tokio or of the standard library for TCP or Unix
    /// sockets.
    ///
    /// # Errors
    /// Returns an error if the listener cannot be used, for example because there is no tokio runtime for it.
    pub fn from_listener<L>(listener: L) -> Result<Self, ServerError>
    where
        L: TryInto<Listener, Error: Into<ServerError>>,
    {
        let server = Self {
            listeners: Vec::new(),
            options: ServerOptions::default(),
            #[cfg(feature = "tls")]
            tls: None,
        };
        server.also(listener)
    }

    /// Accepts connections from another listener, too. All of them share the limits of the server.
    ///
    /// # Errors
    /// Returns the errors of [`from_listener`](Self::from_listener).
    pub fn also<L>(mut self, listener: L) -> Result<Self, ServerError>
    where
        L: TryInto<Listener, Error: Into<ServerError>>,
    {
        self.listeners.push(listener.try_into().map_err(Into::into)?);
        Ok(self)
    }

    /// Changes the limits.
    #[must_use]
    pub const fn options(mut self, options: ServerOptions) -> Self {
        self.options = options;
        self
    }

    /// Speaks TLS with the clients of TCP listeners. Those of Unix sockets stay without: nobody can listen in there. It needs
    /// the feature `tls`.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, tls: super::Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Returns its listeners, in the order in which they were added.
    #[must_use]
    pub fn listeners(&self) -> &[Listener] {
        &self.listeners
    }

    /// Returns the first address of TCP that it listens on. There is none if it listens on Unix sockets only.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.listeners.iter().find_map(Listener::local_addr)
    }

    /// Serves requests until `shutdown` completes. Then it stops accepting, lets requests in flight finish, and returns
    /// when they have finished or the deadline has passed.
    ///
    /// A request that may change something (not `GET`, `HEAD`, `OPTIONS` or `TRACE`) runs to completion even if its
    /// client disconnects.
    pub async fn serve<S, Fut>(self, service: S, shutdown: impl Future<Output = ()>)
    where
        S: Fn(http::Request<Body>, Peer) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Response> + Send + 'static,
    {
        let (tasks, stopping) = (TaskTracker::new(), CancellationToken::new());
        let connections = Connections::new(self.options, descriptors::raise(), stopping.clone());
        let options = *connections.options();
        let service = Arc::new(Service::new(service, tasks.clone(), options));
        let protocols = Arc::new(connection::protocols());
        let mut watching = JoinSet::new();
        watching.spawn(Arc::clone(&connections).watch());
        #[cfg(not(feature = "tls"))]
        let handshake = Handshake::None;
        #[cfg(feature = "tls")]
        let handshake = self.tls.map_or(Handshake::None, |tls| {
            let acceptor = tls.acceptor();
            watching.spawn(tls.watch());
            Handshake::Tls(acceptor)
        });
        let mut acceptor = Acceptor::new(self.listeners);
        pin!(shutdown);
        loop {
            let (socket, peer) = select! {
                () = &mut shutdown => break,
                accepted = acceptor.accept() => accepted,
            };
            // Without a place the connection is closed.
            if let Some(place) = connections.admit(peer.ip()) {
                let (protocols, service) = (Arc::clone(&protocols), Arc::clone(&service));
                let (handshake, peer) = handshake.with(peer);
                tasks.spawn(connection::serve(protocols, service, socket, handshake, peer, place));
            }
        }
        drop(acceptor);
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
        watching.shutdown().await;
    }
}

impl fmt::Display for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[cfg(feature = "tls")]
        let scheme = if self.tls.is_some() { "https://" } else { "http://" };
        #[cfg(not(feature = "tls"))]
        let scheme = "http://";
        for (index, listener) in self.listeners.iter().enumerate() {
            formatter.write_str(if index == 0 { "" } else { " and " })?;
            formatter.write_str(if listener.local_addr().is_some() { scheme } else { "" })?;
            listener.fmt(formatter)?;
        }
        Ok(())
    }
}
