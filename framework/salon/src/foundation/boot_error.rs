//! Why an application does not start.

use std::path::PathBuf;

use crate::{
    config::ConfigError, database::DatabaseError, encryption::EncryptionError, http::Error, routing::RoutingError,
    session, view::ViewError,
};

/// Why an application does not start. The text and its causes say what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BootError {
    /// There is no app in the folder that the command was run in.
    #[error("there is no app in {}: run this in the folder that has config/app.toml", folder.display())]
    NoApp {
        /// The folder.
        folder: PathBuf,
    },
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The app's keys are wrong.
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
    /// Sessions are to be encrypted, and there is no key.
    #[error("`encrypt` is on in config/session.toml, and there is no APP_KEY: run `cargo run -- key:generate`")]
    NoKey,
    /// A database or server cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Sessions cannot be kept.
    #[error(transparent)]
    Session(#[from] session::Error),
    /// A template is wrong.
    #[error(transparent)]
    View(#[from] ViewError),
    /// A route is wrong.
    #[error(transparent)]
    Routing(#[from] RoutingError),
    /// A provider failed.
    #[error("a service provider failed: {0}")]
    Provider(Error),
    /// The log cannot be written.
    #[error("the log cannot be set up")]
    Logging(#[source] Box<dyn std::error::Error + Send + Sync>),
}
