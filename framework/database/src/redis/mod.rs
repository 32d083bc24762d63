//! Redis: one server, one behind Sentinel, or a Cluster, by one connection that comes back by itself.

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
