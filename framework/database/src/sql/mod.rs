//! SQL databases: pools of connections to them, and their migrations.

#[macro_use]
mod each;
mod held;
mod losses;
mod migration_error;
mod migrations;
#[cfg(feature = "mysql")]
mod mysql;
mod opening;
mod pool;
#[cfg(feature = "postgres")]
mod postgres;
mod remedy;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use held::{Held, Row, Sql, Value};
pub use migration_error::MigrationError;
pub use migrations::{Migration, MigrationState, Migrations};
pub use pool::{Dialect, Pool};
pub use remedy::{code, is_no_table, is_other_columns, said};

use super::{Connection, ConnectionConfig, DatabaseError, DatabaseManager, Scheme};
