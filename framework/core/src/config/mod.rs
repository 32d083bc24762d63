//! Configuration: `config/*.toml`, then `.env`, then the environment, read into typed sections.
//!
//! Files suit what a team shares, the environment what differs from machine to machine, so a later source overrides an
//! earlier one. A section is a struct with a default. It is named after its file, and each of its leaves has an environment name:
//! `lifetime` of the section `session` is set in `config/session.toml` and overridden by `SESSION_LIFETIME`, first in
//! `.env`, then in the process's environment. An unusable value stops the startup with one sentence that names the
//! file, the key and the remedy. An app adds its own section as in the example of [`Section`].

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
#[doc(hidden)]
pub use nearest::{did_you_mean, nearest};
pub use place::Place;
pub use secret::Secret;
pub use section::Section;
