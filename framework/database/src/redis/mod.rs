//! Redis: one server, one behind Sentinel, or a Cluster, through one connection that reconnects on its own.
//!
//! It is public for `salon-session`, and not part of the interface for apps.
//!
//! # The crate beneath
//!
//! The crate `redis` speaks the protocol (RESP). From it come the multiplexed connection, on which commands of many
//! tasks are in flight at once, the client for Sentinel, the client for Cluster with its table of slots, and the
//! parsing of URLs. Here is what a session needs beyond that:
//!
//! - **No command is silently repeated.** The crate's own retries are off. A command whose connection broke is sent once
//!   more, and the reply says so ([`RedisReply::is_repeated`]), because only the caller knows whether running it twice
//!   matters. An error says whether the command may have been carried out ([`RedisCommandError`]).
//! - **Every command ends in time**, after `connect_timeout` plus `response_timeout`, whatever the servers do meanwhile:
//!   failover, resharding, a full backlog.
//! - **One dials, all wait.** However many tasks need a connection that is gone, one of them opens it. If that fails, all
//!   fail at once for a short while, instead of queueing for a server that is down.
//! - **A failover is followed.** A server that answers `READONLY` is no longer the master, so the sentinels are asked
//!   again. `ASK` and `MOVED` of a Cluster are followed.
//! - **Writes can wait for replicas** ([`RedisCommand::replicated`]): `WAIT` follows on the same connection. It blocks the
//!   commands behind it, so such commands have connections of their own.

#[cfg(feature = "tls")]
mod certificates;
mod command;
mod connection;
mod dialer;
mod error;
mod error_class;
mod health;
mod managed_connection;
mod topology;
mod transport;

pub use command::{RedisCommand, RedisReply, Script};
pub use connection::RedisConnection;
pub use error::RedisCommandError;
