//! Builds a configuration from its sources.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use config::{File, FileFormat};
use serde_json::Value;

use super::{Config, ConfigError, dotenv, sources::Sources};

impl Config {
    /// Reads the configuration of the app in this folder, the one that contains `config/`.
    ///
    /// # Errors
    /// Returns an error if a file cannot be read or is not TOML, or if a line of `.env` is not `NAME=value`.
    pub fn load(root: &Path) -> Result<Self, ConfigError> {
        Self::builder(root).load()
    }

    /// Returns a builder that chooses the sources, for tests.
    #[must_use]
    pub fn builder(root: &Path) -> ConfigBuilder {
        ConfigBuilder { root: root.to_owned(), dotenv: true, environment: None, overrides: Vec::new() }
    }
}

/// Chooses the sources that a [`Config`] is read from. [`Config::load`] is the shortcut; tests use this builder.
///
/// ```
/// use salon_core::config::Config;
/// # use salon_core::doc_support::AppConfig;
///
/// # let folder = std::env::temp_dir().join("salon-no-such-folder");
/// let config = Config::builder(&folder)
///     .without_dotenv()
///     .environment([("APP_PORT", "8080")])
///     .set("app.port", 9090)
///     .load()?;
/// assert_eq!(config.section::<AppConfig>()?.port, 9090);
/// # Ok::<(), salon_core::config::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct ConfigBuilder {
    root: PathBuf,
    dotenv: bool,
    environment: Option<BTreeMap<String, String>>,
    overrides: Vec<(String, Value)>,
}

impl ConfigBuilder {
    /// Skips `.env`, so that the result does not depend on the machine it runs on.
    #[must_use]
    pub const fn without_dotenv(mut self) -> Self {
        self.dotenv = false;
        self
    }

    /// Uses these variables instead of the process's environment.
    #[must_use]
    pub fn environment<N: Into<String>, V: Into<String>>(mut self, pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        self.environment = Some(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect());
        self
    }

    /// Sets a dotted key that starts with its section (`session.driver`). It overrides every file and variable, and a
    /// later `set` overrides an earlier one.
    #[must_use]
    pub fn set(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.overrides.push((key.into(), value.into()));
        self
    }

    /// Reads the files and the environment. Values are checked when a section is requested.
    ///
    /// # Errors
    /// Returns an error if a file cannot be read or is not TOML, or if a line of `.env` is not `NAME=value`.
    pub fn load(self) -> Result<Config, ConfigError> {
        let files = files(&self.root.join("config"))?;
        let dotenv = if self.dotenv { dotenv::read(&self.root.join(".env"))? } else { BTreeMap::new() };
        let environment = self.environment.unwrap_or_else(process_environment);
        Ok(Config::new(Sources { root: self.root, files, dotenv, environment, overrides: self.overrides }))
    }
}

/// Returns the variables that are text; others cannot be values of a section.
fn process_environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// Reads every `*.toml` file of a folder by its stem. Without a folder there are no files, and every section has its
/// defaults.
fn files(folder: &Path) -> Result<BTreeMap<String, Value>, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut files = BTreeMap::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        // Editors keep their lock files beside the file, under names that start with a dot.
        if path.extension().is_some_and(|extension| extension == "toml") && !stem.starts_with('.') {
            files.insert(stem.to_owned(), file(&path)?);
        }
    }
    Ok(files)
}

pub(super) fn file(path: &Path) -> Result<Value, ConfigError> {
    let text = fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    ::config::Config::builder()
        .add_source(File::from_str(&text, FileFormat::Toml))
        .build()
        .and_then(::config::Config::try_deserialize)
        .map_err(|error| ConfigError::Syntax { path: path.to_owned(), problem: problem(&error) })
}

/// Formats the parser's "… at line 3, column 8", its excerpt and the cause as one line without the excerpt.
fn problem(error: &config::ConfigError) -> String {
    let text = match error {
        config::ConfigError::FileParse { cause, .. } => cause.to_string(),
        other => other.to_string(),
    };
    let lines: Vec<&str> = text.lines().collect();
    match lines.as_slice() {
        [first, .., last] => match first.split_once(" at ") {
            Some((_, position)) => format!("{position}: {last}"),
            None => (*last).to_owned(),
        },
        _ => text,
    }
}

impl fmt::Debug for ConfigBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ConfigBuilder").field("root", &self.root).finish_non_exhaustive()
    }
}
