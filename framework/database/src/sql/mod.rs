//! SQL databases: pools of connections to them, and their migrations.
//!
//! It is public for `salon-session`; an app uses what the crate's root re-exports.
//!
//! # The crate beneath
//!
//! The crate `sqlx` speaks the protocols, pools the connections and runs the migrations. Its types differ from database
//! to database, so the ones here are enums with a case for each compiled database, and the macro `each!` runs the same
//! code on every case. sqlx's own `Any` driver would need no enum, but it supports only the types that all databases
//! share, and none of the options that matter here: SQLite's journal, the certificates of a server.
//!
//! What is added to it:
//!
//! - A [`Pool`] opens one connection first, because a pool reports any failure to connect as a timeout.
//! - An idle connection is pinged before it is used only if there is a reason ([`Losses`]): a ping before each use costs
//!   a round trip.
//! - A connection with a pending response is [closed](SqlConnection::discard), and never reused.
//! - Every error becomes a [`DatabaseError`](crate::DatabaseError) with a remedy, by the code of the database.

#[macro_use]
mod each;
mod connection;
mod dialect;
mod error_code;
mod losses;
mod migration;
mod migration_error;
mod migrations;
mod open;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod options;
mod pool;
mod remedy;
mod row;
#[cfg(feature = "sqlite")]
mod sqlite;
mod statement;
mod without_source;

pub use connection::SqlConnection;
pub use dialect::Dialect;
pub use error_code::{error_code, is_missing_table, is_schema_mismatch};
pub use losses::Losses;
pub use migration::{Migration, MigrationState};
pub use migration_error::MigrationError;
pub use migrations::Migrations;
pub use pool::Pool;
pub use row::Row;
pub use statement::{Sql, Value};
pub use without_source::without_source;
