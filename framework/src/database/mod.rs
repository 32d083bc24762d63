//! Connections to databases and servers, by the names that `config/database.toml` gives them.

mod config;
mod error;
mod manager;
#[cfg(feature = "memcached")]
pub(crate) mod memcached;
#[cfg(feature = "redis")]
pub(crate) mod redis;
mod scheme;

pub use config::{ConnectionConfig, DatabaseConfig};
pub use error::DatabaseError;
pub use manager::{Connection, DatabaseManager};
pub use scheme::Scheme;
