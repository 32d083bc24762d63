//! Why the server cannot listen.

use std::{convert::Infallible, io, path::PathBuf};

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// Another program already listens there.
    #[error(
        "{address} is in use: stop the program that listens there, or choose another port with APP_PORT or SERVER_LISTEN"
    )]
    InUse {
        /// The address.
        address: String,
        /// The error of the operating system.
        source: io::Error,
    },

    /// The operating system does not allow it.
    #[error("no permission to listen on {address}: choose a port of 1024 or above with APP_PORT or SERVER_LISTEN")]
    NotAllowed {
        /// The address.
        address: String,
        /// The error of the operating system.
        source: io::Error,
    },

    /// The address does not belong to this machine, or is invalid.
    #[error("cannot listen on {address}: check APP_HOST and APP_PORT, or SERVER_LISTEN")]
    Address {
        /// The address.
        address: String,
        /// The error of the operating system.
        source: io::Error,
    },

    /// Another server already listens on this Unix socket.
    #[error(
        "a server already listens on the Unix socket {}: stop it, or choose another path with SERVER_LISTEN",
        path.display()
    )]
    SocketInUse {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },

    /// There is a file that is not a socket. It is not replaced.
    #[error(
        "there is a file that is not a socket at {}: remove it, or choose another path with SERVER_LISTEN",
        path.display()
    )]
    NotASocket {
        /// The file.
        path: PathBuf,
    },

    /// The file of a Unix socket cannot be created.
    #[error(
        "cannot listen on the Unix socket {}: create its folder if there is none, let the app write there, and keep the path below 108 bytes; it is set with SERVER_LISTEN",
        path.display()
    )]
    Socket {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },

    /// The certificate and its key cannot be used.
    #[cfg(feature = "tls")]
    #[error(transparent)]
    Tls(#[from] super::TlsError),

    /// TLS is configured, but Salon was built without it.
    #[error(
        "`tls_certificate` in config/server.toml needs the feature `tls` of the crate salon: run `cargo add salon --features tls`, or add this to Cargo.toml: salon = {{ version = \"{version}\", features = [\"tls\"] }}",
        version = env!("CARGO_PKG_VERSION")
    )]
    MissingFeature,

    /// A listener that the server was given cannot be used.
    #[error("cannot use the listener that the server was given")]
    Listener(#[source] io::Error),

    /// A socket that the process was started with cannot be used.
    #[error(
        "cannot use a socket that systemd has passed: it must be a TCP or Unix socket that listens (`ListenStream=` and `Accept=no` in its unit)"
    )]
    Inherited(#[source] io::Error),
}

/// For listeners that are made without errors.
impl From<Infallible> for ServerError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
