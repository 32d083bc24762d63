//! Connections to databases and servers, by the names that `config/database.toml` gives them.

mod config;
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
mod sql;

pub use config::{ConnectionConfig, DatabaseConfig};
pub use error::DatabaseError;
pub use manager::{Connection, DatabaseManager};
pub use scheme::Scheme;
#[cfg(feature = "_sql")]
pub use sql::{Dialect, Migration, MigrationError, MigrationState, Migrations, Pool};
#[cfg(feature = "_sql")]
#[doc(hidden)]
pub use sql::{Held, Row, Sql, Value, code, is_no_table, is_other_columns, said};
/// The crate that connects to SQL databases, in the version that the pools use.
#[cfg(feature = "_sql")]
pub use sqlx;
