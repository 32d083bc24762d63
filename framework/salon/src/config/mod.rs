//! Configuration: `config/*.toml`, then `.env`, then the environment, read into typed sections.
//!
//! A section is a struct with a default. Its name is the name of its file; each of its leaves has an environment name:
//! `lifetime` of the section `session` stands in `config/session.toml` and is overruled by `SESSION_LIFETIME`, first in
//! `.env`, then in the process's environment. What cannot be used stops the start with one sentence that names the file,
//! the key and the remedy. An app adds a section of its own as in the example of [`Section`].

mod app;
mod listen_address;
mod logging;
mod server;
mod trusted_proxy;

pub use app::{AppConfig, Environment};
pub use listen_address::{ListenAddress, ListenAddressError};
pub use logging::{LogFormat, LoggingConfig};
pub use salon_core::config::{Config, ConfigBuilder, ConfigError, Invalid, Place, Secret, Section};
pub use server::ServerConfig;
pub use trusted_proxy::{ProxyHeaders, TrustedProxy, TrustedProxyError};

#[cfg(test)]
mod tests;
