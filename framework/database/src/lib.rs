//! Connections to databases and servers, by the names that `config/database.toml` gives them.
//!
//! - [`DatabaseConfig`] is the section `database`: a URL and timeouts for each name.
//! - [`DatabaseManager`] looks connections up by name, opens a [`Pool`] for each SQL database once, and runs
//!   [`Migrations`].
//! - A [`Connection`] that leads to Redis or memcached is what a session driver opens its own client with.
//!
//! An app uses this crate as `salon::database`.

mod config;
mod connection;
mod error;
mod manager;
#[cfg(feature = "memcached")]
#[doc(hidden)]
pub mod memcached;
#[cfg(feature = "redis")]
#[doc(hidden)]
pub mod redis;
mod scheme;
#[cfg(feature = "_sql")]
#[doc(hidden)]
pub mod sql;

pub use config::{ConnectionConfig, DatabaseConfig};
pub use connection::Connection;
pub use error::DatabaseError;
pub use manager::DatabaseManager;
pub use scheme::Scheme;
#[cfg(feature = "_sql")]
#[doc(inline)]
pub use sql::{Dialect, Migration, MigrationError, MigrationState, Migrations, Pool};
/// The crate that connects to SQL databases, in the version that the pools use.
#[cfg(feature = "_sql")]
pub use sqlx;
