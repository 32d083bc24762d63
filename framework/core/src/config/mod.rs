//! Configuration: `config/*.toml`, then `.env`, then the environment, read into typed sections.
//!
//! A section is a struct with a default. Its name is the name of its file; each of its leaves has an environment name:
//! `lifetime` of the section `session` stands in `config/session.toml` and is overruled by `SESSION_LIFETIME`, first in
//! `.env`, then in the process's environment. What cannot be used stops the start with one sentence that names the file,
//! the key and the remedy. An app adds a section of its own as in the example of [`Section`].

mod builder;
mod configuration;
mod dotenv;
mod error;
mod layers;
mod nearest;
mod place;
mod reader;
mod secret;
mod section;
mod sources;
mod tree;

#[cfg(any(test, feature = "testing"))]
mod documented;

pub use builder::ConfigBuilder;
pub use configuration::Config;
#[cfg(any(test, feature = "testing"))]
#[doc(hidden)]
pub use documented::assert_documented;
pub use error::{ConfigError, Invalid};
pub use place::Place;
pub use secret::Secret;
pub use section::Section;
