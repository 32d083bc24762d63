//! The server: hyper over TCP and Unix sockets, HTTP/1.1 and HTTP/2, with TLS, limits and a graceful shutdown.

mod acceptor;
mod activity;
mod connection;
mod connections;
mod delivery;
mod descriptors;
mod ending;
mod error;
mod framing;
mod handshake;
mod in_flight;
mod inherited;
mod listener;
mod options;
mod part;
#[expect(clippy::module_inception, reason = "the file is named after its noun, like every other")]
mod server;
mod service;
mod share;
mod socket;
mod socket_file;
#[cfg(test)]
mod tests;
mod timed_body;
#[cfg(feature = "tls")]
mod tls;
mod watched_stream;

pub use error::ServerError;
pub(crate) use inherited::Inherited;
pub use listener::Listener;
pub(crate) use options::HEALTH_CHECKS;
pub use options::ServerOptions;
pub use server::Server;
#[cfg(feature = "tls")]
pub use tls::{Tls, TlsError};
