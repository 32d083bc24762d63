//! The log of an app that serves.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::{EnvFilter, fmt};

use super::BootError;
use crate::config::{LogFormat, LoggingConfig};

/// Starts the log, on standard error.
pub(crate) fn start_logging(config: &LoggingConfig) -> Result<(), BootError> {
    let filter = EnvFilter::try_new(&config.level).map_err(|error| BootError::Logging(error.into()))?;
    let builder = fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    match config.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    }
    .map_err(BootError::Logging)
}
