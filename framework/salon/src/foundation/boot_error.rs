//! Errors that keep an application from starting.

use std::path::PathBuf;

use crate::{
    config::ConfigError, database::DatabaseError, encryption::EncryptionError, http::Error,
    middleware::CsrfSettingsError, routing::RoutingError, session, view::ViewError,
};

/// Why an application does not start. The text and its causes say what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BootError {
    /// The command was run in a folder that does not belong to an app.
    #[error("there is no app in {}: run this command in the folder that contains config/app.toml", folder.display())]
    NoApp {
        /// The folder.
        folder: PathBuf,
    },
    /// The configuration is invalid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The app's keys are invalid.
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
    /// Sessions cannot be set up.
    #[error(transparent)]
    Sessions(#[from] session::BuildError),
    /// A database or server cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Sessions cannot be stored.
    #[error(transparent)]
    Session(#[from] session::Error),
    /// A template is wrong.
    #[error(transparent)]
    View(#[from] ViewError),
    /// A route is wrong.
    #[error(transparent)]
    Routing(#[from] RoutingError),
    /// A setting of the CSRF check cannot be meant: a path that no request has, or a trusted origin that is none.
    #[error(transparent)]
    CsrfSettings(#[from] CsrfSettingsError),
    /// A provider failed.
    #[error("a service provider failed: {0}")]
    Provider(Error),
    /// The log cannot be set up.
    #[error("cannot set up the log")]
    Logging(#[source] Box<dyn std::error::Error + Send + Sync>),
}
