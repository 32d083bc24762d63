//! Redis: one server, one behind Sentinel, or a Cluster, through one connection that reconnects on its own.

mod address;
mod certificates;
mod connection;
mod dialer;
mod failure;
mod fault;
mod health;
mod managed_connection;
mod request;
mod script;
mod transport;

pub use connection::RedisConnection;
pub use failure::RedisFailure;
pub use request::{Reply, Request};
pub use script::Script;
