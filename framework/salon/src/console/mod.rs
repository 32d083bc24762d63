//! Commands of the binary `salon` and of an app's own binary.

mod app;
#[cfg(feature = "_sql")]
mod database_command;
mod error;
#[cfg(feature = "_sql")]
mod migrate;
mod session_command;
mod session_migrate;
#[cfg(feature = "_sql")]
mod session_table;

pub use app::main;
pub use error::ConsoleError;
#[cfg(feature = "_sql")]
pub use session_table::{SessionTable, write_session_table};
