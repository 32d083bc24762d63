//! The server: hyper over TCP, HTTP/1.1 and HTTP/2, with limits and a graceful shutdown.

mod activity;
mod connection;
mod connections;
mod delivery;
mod descriptors;
mod error;
mod framing;
mod options;
#[expect(clippy::module_inception, reason = "the file is named after its noun, like every other")]
mod server;
mod service;
mod share;
#[cfg(test)]
mod tests;
mod timed_body;
mod watched_stream;

pub use error::ServerError;
pub use options::ServerOptions;
pub use server::Server;
