//! Where a value is set, for error messages.

use std::fmt;

/// The layer that a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// `config/<section>.toml`. A default counts as this too, because that is the place to set another value.
    File,
    /// A variable in `.env`.
    Dotenv(String),
    /// A variable of the process's environment.
    Environment(String),
    /// [`ConfigBuilder::set`](super::ConfigBuilder::set).
    Override,
}

impl Origin {
    /// True if values from there are always text, whatever their type.
    pub(super) const fn is_text(&self) -> bool {
        matches!(self, Self::Dotenv(_) | Self::Environment(_))
    }
}

/// Where a value is set: a key of a file, a name in `.env`, an environment variable, or an override in code. Its
/// `Display` names that place in an error message.
///
/// ```
/// use salon_core::config::{Config, ConfigError};
/// # use salon_core::doc_support::AppConfig;
///
/// # let folder = std::env::temp_dir().join("salon-no-such-folder");
/// let config = Config::builder(&folder).environment([("APP_PORT", "eighty")]).load()?;
/// let Err(ConfigError::Type { place, .. }) = config.section::<AppConfig>() else { panic!("it is a number") };
/// assert_eq!(place.to_string(), "the environment variable `APP_PORT`");
/// # Ok::<(), ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub(super) section: String,
    pub(super) key: String,
    pub(super) origin: Origin,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { section, key, origin } = self;
        match origin {
            Origin::File if key.is_empty() => write!(formatter, "config/{section}.toml"),
            Origin::File => write!(formatter, "config/{section}.toml: `{key}`"),
            Origin::Dotenv(name) => write!(formatter, ".env: `{name}`"),
            Origin::Environment(name) => write!(formatter, "the environment variable `{name}`"),
            Origin::Override if key.is_empty() => write!(formatter, "the override of `{section}`"),
            Origin::Override => write!(formatter, "the override of `{section}.{key}`"),
        }
    }
}
