//! The log of an app that serves requests.

use std::sync::atomic::{AtomicBool, Ordering};

use tracing::Level;
use tracing_subscriber::{
    EnvFilter,
    fmt::{self, writer::MakeWriterExt as _},
};

use super::{BootError, log_writer::LogWriter};
use crate::config::{LogFormat, LoggingConfig};

/// True once the app has booted. Until then only warnings are logged, so that an app that refuses to start prints one
/// sentence.
static IS_UP: AtomicBool = AtomicBool::new(false);

/// Starts the log on standard error, for an app that is about to boot.
pub(crate) fn start_logging(config: &LoggingConfig) -> Result<(), BootError> {
    let filter = EnvFilter::try_new(&config.level).map_err(|error| BootError::Logging(error.into()))?;
    let log = LogWriter::stderr();
    let writer = log.with_filter(|event| IS_UP.load(Ordering::Relaxed) || *event.level() <= Level::WARN);
    let builder = fmt::fmt().with_env_filter(filter).with_writer(writer).with_ansi(log.is_terminal);
    match config.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    }
    .map_err(BootError::Logging)
}

/// Enables the full log, now that the app has booted.
pub(crate) fn open_log() {
    IS_UP.store(true, Ordering::Relaxed);
}
