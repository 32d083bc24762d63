//! Commands of the binary `salon` and of an app's own binary.

mod app;
mod crate_name;
#[cfg(feature = "_sql")]
mod database_command;
mod env_file;
mod error;
mod key_generate;
mod manifest;
#[cfg(feature = "_sql")]
mod migrate;
mod new;
mod sentence;
mod session_command;
mod session_migrate;
#[cfg(feature = "_sql")]
mod session_table;
mod template;

pub use app::main;
pub use crate_name::CrateName;
pub use error::ConsoleError;
pub use key_generate::{GeneratedKey, generate_key};
pub use new::{Created, Dependency, NewApp, new_app};
pub use sentence::sentence;
#[cfg(feature = "_sql")]
pub use session_table::{SessionTable, write_session_table};
pub use template::Template;
