//! Commands: making a new app, making a key.
//!
//! Here they are functions; the binary `salon` and the app's own binary give them their command lines.

mod crate_name;
mod env_file;
mod error;
mod key_generate;
mod manifest;
mod new;
mod template;

pub use crate_name::CrateName;
pub use error::ConsoleError;
pub use key_generate::{GeneratedKey, generate_key};
pub use new::{Created, Dependency, NewApp, new_app};
pub use template::Template;
