//! Connections to databases and servers, by the names that `config/database.toml` gives them.

mod config;
mod error;
#[cfg(feature = "_sql")]
#[macro_use]
mod each;
#[cfg(feature = "_sql")]
mod held;
#[cfg(feature = "_sql")]
mod losses;
mod manager;
#[cfg(feature = "_sql")]
mod migration_error;
#[cfg(feature = "_sql")]
mod migrations;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "_sql")]
mod opening;
#[cfg(feature = "_sql")]
mod pool;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "_sql")]
pub(crate) mod remedy;
mod scheme;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use config::{ConnectionConfig, DatabaseConfig};
pub use error::DatabaseError;
#[cfg(feature = "_sql")]
pub(crate) use held::{Held, Row, Sql, Value};
pub use manager::{Connection, DatabaseManager};
#[cfg(feature = "_sql")]
pub use migration_error::MigrationError;
#[cfg(feature = "_sql")]
pub use migrations::{Migration, MigrationState, Migrations};
#[cfg(feature = "_sql")]
pub use pool::{Dialect, Pool};
pub use scheme::Scheme;
/// The crate that talks to the SQL databases, of the version that the pools are made of.
#[cfg(feature = "_sql")]
pub use sqlx;
