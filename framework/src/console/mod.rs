//! Commands: what the binary `salon` and an app's own binary do.

mod app;
mod crate_name;
mod env_file;
mod error;
mod key_generate;
mod manifest;
mod new;
mod sentence;
mod session_command;
mod session_migrate;
mod template;

pub use app::main;
pub use crate_name::CrateName;
pub use error::ConsoleError;
pub use key_generate::{GeneratedKey, generate_key};
pub use new::{Created, Dependency, NewApp, new_app};
pub use sentence::sentence;
pub use template::Template;
