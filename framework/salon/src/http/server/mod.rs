//! The server: hyper over TCP, HTTP/1.1 and HTTP/2, with limits and a graceful shutdown.

mod connection;
mod error;
mod options;
#[expect(clippy::module_inception, reason = "the file is named after its noun, like every other")]
mod server;
mod sniff_deadline;
#[cfg(test)]
mod tests;

pub use error::ServerError;
pub use options::ServerOptions;
pub use server::Server;
