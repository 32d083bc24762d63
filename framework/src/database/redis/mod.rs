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

pub(crate) use connection::RedisConnection;
pub(crate) use failure::RedisFailure;
pub(crate) use request::{Reply, Request};
pub(crate) use script::Script;
