//! A faulty network: a proxy between a client and a server, which loses, delays and mixes up their messages.

mod link;
mod proxy;
mod rules;
mod swap;

pub use proxy::Proxy;
