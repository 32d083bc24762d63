//! A network that misbehaves: a proxy between a client and a server, which loses, delays and mixes up what they say.

mod link;
mod proxy;
mod rules;
mod swap;

pub use proxy::Proxy;
