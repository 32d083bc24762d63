//! The command line of an app's binary.

mod app;
#[cfg(feature = "_sql")]
mod database_command;
mod error;
#[cfg(feature = "_sql")]
mod migrate;
mod say;
mod session_command;
mod session_migrate;
#[cfg(feature = "_sql")]
mod session_table;
mod signals;

pub use app::main;
#[doc(hidden)]
pub use error::ConsoleError;
#[cfg(feature = "_sql")]
#[doc(hidden)]
pub use session_table::{SessionTable, write_session_table};
