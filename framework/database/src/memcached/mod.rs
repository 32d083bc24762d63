//! Memcached: a client of our own for the four commands that sessions need, over one server or several.
//!
//! The crates there are fall short of what a session needs: each reply here carries the token of its request, so that an answer
//! that was meant for somebody else is never believed; a name is looked up for every new connection, so that a server may come
//! back under another address; and a key's server depends on nothing but the key and the names in the URL.

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
