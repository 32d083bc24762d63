//! Redis: one server, one behind Sentinel, or a Cluster, by one connection that comes back by itself.

mod address;
mod certificates;
mod connection;
mod dialer;
mod failure;
mod fault;
mod health;
mod line;
mod link;
mod request;
mod script;

pub(crate) use connection::RedisConnection;
pub(crate) use failure::RedisFailure;
pub(crate) use request::{Reply, Request};
pub(crate) use script::Script;
