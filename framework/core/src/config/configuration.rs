//! The configuration of an app.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock},
};

use serde_json::Value;

use super::{
    ConfigBuilder, ConfigError, Invalid, Section, layers::Layers, nearest, reader, section::is_secret,
    sources::Sources, tree,
};

/// The configuration of an app: `config/*.toml`, then `.env`, then the environment; the later wins.
///
/// It hands out typed sections, and stops the start when there is something in it that nothing understands.
///
/// ```
/// use salon_core::config::Config;
/// # use salon_core::doc_support::AppConfig;
///
/// # let folder = std::env::temp_dir().join("salon-no-such-folder");
/// let config = Config::load(&folder)?;
/// let app = config.section::<AppConfig>()?;
/// config.finish()?;
/// assert_eq!(config.get("app.name"), Some(app.name.into()));
/// # Ok::<(), salon_core::config::ConfigError>(())
/// ```
pub struct Config {
    sources: Sources,
    /// The sections that were asked for, without their secrets.
    claimed: RwLock<BTreeMap<&'static str, Value>>,
}

impl Config {
    /// Reads the configuration of the app whose folder this is.
    ///
    /// # Errors
    /// A file that cannot be read, is not TOML, or a line of `.env` that is not `NAME=value`.
    pub fn load(root: &Path) -> Result<Self, ConfigError> {
        Self::builder(root).load()
    }

    /// Chooses what is read, for tests.
    #[must_use]
    pub fn builder(root: &Path) -> ConfigBuilder {
        ConfigBuilder::new(root)
    }

    pub(super) fn new(
        root: PathBuf,
        files: BTreeMap<String, Value>,
        dotenv: BTreeMap<String, String>,
        environment: HashMap<String, String>,
        overrides: Vec<(String, Value)>,
    ) -> Self {
        let sources = Sources { root, files, dotenv, environment, overrides };
        Self { sources, claimed: RwLock::default() }
    }

    /// The app's folder: the one that holds `config/`.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.sources.root
    }

    /// A section, with its defaults where nothing was set. Ask while booting: this puts the layers together each time.
    ///
    /// # Errors
    /// An unknown key, a value of the wrong type, or one that the section refuses; with its place and the remedy.
    pub fn section<T: Section>(&self) -> Result<T, ConfigError> {
        let defaults = serde_json::to_value(T::default())
            .map_err(|source| ConfigError::Defaults { section: T::NAME.to_owned(), source: Some(source) })?;
        if !defaults.is_object() {
            return Err(ConfigError::Defaults { section: T::NAME.to_owned(), source: None });
        }
        let layers = Layers::new(T::NAME, defaults, &self.sources);
        layers.check_dotenv(&self.sections(T::NAME))?;
        let section: T = reader::read(&layers)?;
        section.validate().map_err(|invalid| refuse(&layers, invalid))?;
        let shown = serde_json::to_value(&section)
            .map_err(|source| ConfigError::Defaults { section: T::NAME.to_owned(), source: Some(source) })?;
        let shown = without_secrets::<T>(shown, &mut Vec::new());
        self.claimed.write().unwrap_or_else(PoisonError::into_inner).insert(T::NAME, shown);
        Ok(section)
    }

    /// The error for a value of a section that turned out to be impossible together with those of another.
    #[must_use]
    pub fn refuse<T: Section>(&self, invalid: Invalid) -> ConfigError {
        match serde_json::to_value(T::default()) {
            Ok(defaults) => refuse(&Layers::new(T::NAME, defaults, &self.sources), invalid),
            Err(source) => ConfigError::Defaults { section: T::NAME.to_owned(), source: Some(source) },
        }
    }

    /// A value by its dotted key (`app.name`), for templates. `None` for a secret, and for what no section has.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Value> {
        let (section, rest) = key.split_once('.').unwrap_or((key, ""));
        let claimed = self.claimed.read().unwrap_or_else(PoisonError::into_inner);
        tree::at(claimed.get(section)?, &tree::path(rest)).cloned()
    }

    /// Ends the boot: from here on, every section was asked for.
    ///
    /// # Errors
    /// A file of `config/`, or an override, whose section nobody asked for.
    pub fn finish(&self) -> Result<(), ConfigError> {
        let claimed = self.claimed.read().unwrap_or_else(PoisonError::into_inner);
        let names: Vec<&str> = claimed.keys().copied().collect();
        let files = self.sources.files.keys().map(|section| (format!("config/{section}.toml"), section.as_str()));
        let overrides = self.sources.overrides.iter().map(|(key, _)| {
            (format!("the override of `{key}`"), key.split_once('.').map_or(key.as_str(), |(section, _)| section))
        });
        match files.chain(overrides).find(|(_, section)| !claimed.contains_key(section)) {
            None => Ok(()),
            Some((origin, section)) => Err(ConfigError::UnknownSection {
                origin,
                section: section.to_owned(),
                hint: nearest::nearest(section, &names).map_or_else(
                    || "remove it, or read it in a provider with `config.section()`".to_owned(),
                    |name| format!("did you mean `{name}`?"),
                ),
            }),
        }
    }

    /// The names of all sections that are known by now.
    fn sections<'a>(&'a self, asked: &'a str) -> BTreeSet<&'a str> {
        let claimed = self.claimed.read().unwrap_or_else(PoisonError::into_inner);
        self.sources.files.keys().map(String::as_str).chain(claimed.keys().copied()).chain([asked]).collect()
    }
}

/// Hides what a section keeps secret.
fn without_secrets<T: Section>(mut value: Value, path: &mut tree::Path) -> Value {
    if let Value::Object(table) = &mut value {
        table.retain(|key, value| {
            path.push(key.clone());
            let shown = value.is_object() || !is_secret::<T>(path);
            if shown {
                *value = without_secrets::<T>(value.take(), path);
            }
            path.pop();
            shown
        });
    }
    value
}

impl fmt::Debug for Config {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Config").field("root", &self.sources.root).finish_non_exhaustive()
    }
}

fn refuse(layers: &Layers<'_>, invalid: Invalid) -> ConfigError {
    ConfigError::Invalid { place: layers.place(&tree::path(&invalid.key)), message: invalid.message }
}
