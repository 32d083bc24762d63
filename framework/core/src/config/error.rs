//! Errors of a configuration.

use std::{io, path::PathBuf};

use super::Place;

/// A configuration that cannot be used. Each message says where the problem is, what it is, and what to do.
///
/// ```
/// use salon_core::config::{Config, ConfigError};
/// # use salon_core::doc_support::AppConfig;
///
/// # let folder = std::env::temp_dir().join("salon-no-such-folder");
/// let config = Config::builder(&folder).set("app.prot", 8080).load()?;
/// let refused = config.section::<AppConfig>().expect_err("a misspelled key");
/// assert!(matches!(refused, ConfigError::UnknownKey { .. }));
/// assert_eq!(
///     refused.to_string(),
///     "the override of `app.prot` is not a key of this section: did you mean `port`?"
/// );
/// # Ok::<(), ConfigError>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A file or folder exists, but cannot be read.
    #[error("cannot read {}: make sure that it is UTF-8 text and that this user has permission to read it", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file is not TOML.
    #[error("{} is not valid TOML: {problem}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Line, column, and what was expected there.
        problem: String,
    },
    /// A line of `.env` is not `NAME=value`. The line itself is not shown, because it may hold a secret.
    #[error("{} line {line} cannot be read: write NAME=value, with quotes around a value that contains spaces", path.display())]
    Dotenv {
        /// The file.
        path: PathBuf,
        /// The line number, starting at 1.
        line: usize,
    },
    /// The section does not have this key.
    #[error("{place} is not a key of this section: {hint}")]
    UnknownKey {
        /// Where the key is set.
        place: Place,
        /// The most similar valid name, or all of them.
        hint: String,
    },
    /// A name in `.env` that belongs to a section, but not to any of its keys.
    #[error("{}: `{name}` is not a name of the section `{section}`: {hint}", path.display())]
    UnknownName {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
        /// The section.
        section: String,
        /// The most similar valid name, or all of them.
        hint: String,
    },
    /// A value of the wrong type, or outside the type's range.
    #[error("{place} cannot be used: {problem}")]
    Type {
        /// Where the value is set.
        place: Place,
        /// What was found, and what is expected.
        problem: String,
    },
    /// A value that its section rejects.
    #[error("{place} {message}")]
    Invalid {
        /// Where the value is set.
        place: Place,
        /// What it must be.
        message: String,
    },
    /// A file or an override for a section that does not exist.
    #[error("{origin}: there is no section `{section}`: {hint}")]
    UnknownSection {
        /// The file, or the override.
        origin: String,
        /// The section.
        section: String,
        /// The most similar valid name, or what else to do.
        hint: String,
    },
    /// The default of a section does not serialize to a table.
    #[error("the default of the section `{section}` is not a table: make it a struct with named fields")]
    Defaults {
        /// The section.
        section: String,
        /// The cause.
        #[source]
        source: Option<serde_json::Error>,
    },
}

/// A problem that [`Section::validate`](super::Section::validate) found: a key, and what its value must be.
///
/// ```
/// use salon_core::config::Invalid;
///
/// let invalid = Invalid::new("gc.interval", "must be at least 1 second");
/// assert_eq!(invalid.key, "gc.interval");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The key within its section, dotted if it lies deeper.
    pub key: String,
    /// What its value must be, as the rest of a sentence that begins with the key.
    pub message: String,
}

impl Invalid {
    /// Creates an error from the key within its section, dotted if it is nested, and a message that continues after the
    /// key: "must be at least 1 minute". The message must not repeat a secret value.
    #[must_use]
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into() }
    }
}
