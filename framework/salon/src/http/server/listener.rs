//! A socket that the server accepts connections from.

use std::{
    fmt, io,
    net::SocketAddr,
    os::unix::net,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::net::{TcpListener, TcpStream, ToSocketAddrs, UnixListener};

use super::{ServerError, socket::Socket, socket_file::SocketFile};
use crate::{config::ListenAddress, http::Peer};

/// How long a connection is silent before the system asks whether its client is still there. It asks a few times.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// A socket that a [`Server`](super::Server) accepts connections from: a TCP port or a Unix socket.
///
/// It is made from an address, or from a listener of tokio or of the standard library that somebody else has opened.
///
/// ```
/// use salon::http::{Listener, Server};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("http.sock");
/// let opened = std::net::TcpListener::bind("127.0.0.1:0")?;
/// let server = Server::from_listener(opened)?.also(Listener::unix(&path)?)?;
/// assert_eq!(server.listeners().len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Listener(Kind);

#[derive(Debug)]
enum Kind {
    Tcp(TcpListener, SocketAddr),
    /// The file comes first: it is removed while the socket still listens, so that no other server takes it for stale.
    Unix(Option<SocketFile>, UnixListener),
}

impl Listener {
    /// Listens on an address of TCP. With port 0 the operating system chooses the port.
    ///
    /// # Errors
    /// Returns a [`ServerError`] that says why it cannot listen and what to do.
    pub async fn tcp(address: impl ToSocketAddrs + fmt::Display) -> Result<Self, ServerError> {
        let text = address.to_string();
        let bound = TcpListener::bind(address).await.and_then(|listener| Ok((listener.local_addr()?, listener)));
        match bound {
            Ok((address, listener)) => Ok(Self(Kind::Tcp(listener, address))),
            Err(source) => Err(match source.kind() {
                io::ErrorKind::AddrInUse => ServerError::InUse { address: text, source },
                io::ErrorKind::PermissionDenied => ServerError::NotAllowed { address: text, source },
                _ => ServerError::Address { address: text, source },
            }),
        }
    }

    /// Listens on a Unix socket. Its file is removed when the server stops.
    ///
    /// The user and the group of the process may connect (mode 0660), if they may enter the folder of the file. A file that
    /// a server has left behind when it was killed is replaced.
    ///
    /// # Errors
    /// Returns a [`ServerError`] that says what to do if another server listens there, if there is a file that is not a
    /// socket, or if the file cannot be created.
    pub fn unix(path: impl Into<std::path::PathBuf>) -> Result<Self, ServerError> {
        let (listener, file) = SocketFile::listen(path.into())?;
        Ok(Self(Kind::Unix(Some(file), listener)))
    }

    /// Listens on an address of the configuration.
    ///
    /// # Errors
    /// Returns the errors of [`tcp`](Self::tcp) and [`unix`](Self::unix).
    pub async fn bind(address: &ListenAddress) -> Result<Self, ServerError> {
        match address {
            ListenAddress::Tcp(address) => Self::tcp(*address).await,
            ListenAddress::Unix(path) => Self::unix(path),
        }
    }

    /// Returns the address that it listens on, unless it is a Unix socket.
    #[must_use]
    pub const fn local_addr(&self) -> Option<SocketAddr> {
        match &self.0 {
            Kind::Tcp(_, address) => Some(*address),
            Kind::Unix(..) => None,
        }
    }

    /// Accepts the next connection.
    pub(super) fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<(Socket, Peer)>> {
        Poll::Ready(match &self.0 {
            Kind::Tcp(listener, _) => ready!(listener.poll_accept(context)).map(|(stream, peer)| {
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "cannot set TCP_NODELAY");
                }
                notice_vanished(&stream);
                (Socket::Tcp(stream), Peer::Tcp(peer))
            }),
            Kind::Unix(_, listener) => {
                ready!(listener.poll_accept(context)).map(|(stream, _)| (Socket::Unix(stream), Peer::Unix))
            }
        })
    }
}

impl fmt::Display for Listener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, listener) = match &self.0 {
            Kind::Tcp(_, address) => return address.fmt(formatter),
            Kind::Unix(file, listener) => (file, listener),
        };
        if let Some(file) = file {
            return write!(formatter, "unix:{}", file.path().display());
        }
        let address = listener.local_addr().map(net::SocketAddr::from);
        match &address {
            Ok(address) if let Some(path) = address.as_pathname() => write!(formatter, "unix:{}", path.display()),
            _ => formatter.write_str("a Unix socket"),
        }
    }
}

impl TryFrom<TcpListener> for Listener {
    type Error = ServerError;

    fn try_from(listener: TcpListener) -> Result<Self, ServerError> {
        let address = listener.local_addr().map_err(ServerError::Listener)?;
        Ok(Self(Kind::Tcp(listener, address)))
    }
}

impl From<UnixListener> for Listener {
    fn from(listener: UnixListener) -> Self {
        Self(Kind::Unix(None, listener))
    }
}

impl TryFrom<std::net::TcpListener> for Listener {
    type Error = ServerError;

    fn try_from(listener: std::net::TcpListener) -> Result<Self, ServerError> {
        listener.set_nonblocking(true).map_err(ServerError::Listener)?;
        TcpListener::from_std(listener).map_err(ServerError::Listener)?.try_into()
    }
}

impl TryFrom<net::UnixListener> for Listener {
    type Error = ServerError;

    fn try_from(listener: net::UnixListener) -> Result<Self, ServerError> {
        listener.set_nonblocking(true).map_err(ServerError::Listener)?;
        Ok(UnixListener::from_std(listener).map_err(ServerError::Listener)?.into())
    }
}
/// Lets the system notice a client that has vanished, for example because its cable was pulled: a stream of events that is
/// silent would keep its place for ever.
fn notice_vanished(stream: &TcpStream) {
    use rustix::net::sockopt::{set_socket_keepalive, set_tcp_keepidle};

    let set = set_socket_keepalive(stream, true).and_then(|()| set_tcp_keepidle(stream, KEEPALIVE));
    if let Err(error) = set {
        tracing::debug!(%error, "cannot set SO_KEEPALIVE");
    }
}
