//! Memcached: Salon's own client for the four commands that sessions need, over one server or several.
//!
//! The existing crates fall short of what a session needs. Here each reply carries the token of its request, so that a
//! response to another request is never accepted. A name is resolved for every new connection, so that a server may
//! return under another address. And a key's server depends only on the key and the names in the URL.

mod address;
mod client;
mod connection;
mod error;
mod rendezvous;
mod reply;
mod request;
mod server;
mod ttl;

pub use client::{Key, Memcached, Stored};
pub use error::MemcachedError;
pub use request::Entry;
pub use ttl::Ttl;
