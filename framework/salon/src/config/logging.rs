//! The section `logging`: what is logged, and in which format.

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

use salon_core::config::{Invalid, Section};

/// The format of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON object per line.
    Json,
}

/// `config/logging.toml`, `LOGGING_…`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LoggingConfig {
    /// The least important level to log, or a filter per module: `info,sqlx=warn`. Default "info".
    pub level: String,
    /// The format of a line. Default text.
    pub format: LogFormat,
}

impl Default for LoggingConfig {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::default() }
    }
}

impl Section for LoggingConfig {
    const NAME: &'static str = "logging";

    fn validate(&self) -> Result<(), Invalid> {
        let message = "must be off, error, warn, info, debug or trace, or a filter such as `info,sqlx=warn`";
        // A single word that is not a level would be read as the name of a module: everything of it would be logged,
        // and nothing else.
        let is_level = |word: &str| word.parse::<tracing_subscriber::filter::LevelFilter>().is_ok();
        let lone = self.level.split(',').filter(|part| !part.contains('='));
        if EnvFilter::try_new(&self.level).is_err() || self.level.is_empty() || !lone.into_iter().all(is_level) {
            return Err(Invalid::new("level", message));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_levels_and_filters_are_accepted() {
        let accepts =
            |level: &str| LoggingConfig { level: level.into(), ..LoggingConfig::default() }.validate().is_ok();
        for level in ["off", "info", "WARN", "info,sqlx=warn", "warn,salon::session=debug"] {
            assert!(accepts(level), "{level}");
        }
        for level in ["", "inof", "info,sqlx=wran", "loud"] {
            assert!(!accepts(level), "{level}");
        }
    }

    #[test]
    fn its_file_documents_every_key() {
        salon_core::config::assert_documented::<LoggingConfig>(std::path::Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../.."
        )));
    }
}
