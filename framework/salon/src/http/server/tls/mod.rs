//! TLS for the server: rustls with ring, TLS 1.2 and 1.3, HTTP/1.1 and HTTP/2.
//!
//! The handshake is a part of the connection's task, so that a slow client delays nobody, and a part of the time for the
//! first head (`header_timeout`). The certificate is read again when its files change.

mod certificates;
mod error;
mod files;
mod stream;
#[cfg(test)]
mod tests;
#[expect(clippy::module_inception, reason = "the file is named after its noun, like every other")]
mod tls;

pub use error::TlsError;
pub(super) use stream::Stream;
pub use tls::Tls;
