//! The driver `database` on SQLite, PostgreSQL and MariaDB.

mod blocking;
mod commands;
mod counts;
mod faults;
mod opening;
mod place;
mod pool;
mod rows;
mod several;
mod sqlite;
mod suite;
