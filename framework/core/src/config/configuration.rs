//! The configuration of an app.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::Path,
    sync::{PoisonError, RwLock},
};

use serde_json::Value;

use super::{
    ConfigError, Invalid, Section, layers::Layers, nearest, reader, section::is_secret, sources::Sources, tree,
};

/// The configuration of an app: `config/*.toml`, then `.env`, then the environment; later sources override earlier
/// ones.
///
/// It provides typed sections, and stops the startup if it contains anything that no section uses.
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
    /// The sections requested so far, without their secrets.
    claimed: RwLock<BTreeMap<&'static str, Value>>,
}

impl Config {
    pub(super) fn new(sources: Sources) -> Self {
        Self { sources, claimed: RwLock::default() }
    }

    /// Returns the app's folder: the one that contains `config/`.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.sources.root
    }

    /// Returns a section, with its defaults where nothing is set. Call it while booting, because it merges the layers
    /// each time.
    ///
    /// # Errors
    /// Returns an error for an unknown key, a value of the wrong type, or one that the section rejects. The error
    /// contains its place and the remedy.
    pub fn section<T: Section>(&self) -> Result<T, ConfigError> {
        let layers = Layers::of::<T>(&self.sources)?;
        layers.check_dotenv(&self.sections(T::NAME))?;
        let section: T = reader::read(&layers)?;
        section.validate().map_err(|invalid| layers.refuse(invalid))?;
        let shown = without_secrets::<T>(tree::of(&section)?, &mut Vec::new());
        self.claimed.write().unwrap_or_else(PoisonError::into_inner).insert(T::NAME, shown);
        Ok(section)
    }

    /// Returns the error for a value of a section that conflicts with values of another section. Where one section
    /// suffices, use [`Section::validate`].
    ///
    /// ```
    /// use salon_core::config::{Config, Invalid};
    /// # use salon_core::doc_support::AppConfig;
    ///
    /// # let folder = std::env::temp_dir().join("salon-no-such-folder");
    /// let config = Config::builder(&folder).environment([("APP_PORT", "80")]).load()?;
    /// let refused = config.refuse::<AppConfig>(Invalid::new("port", "must be 443 with this certificate"));
    /// assert_eq!(
    ///     refused.to_string(),
    ///     "the environment variable `APP_PORT` must be 443 with this certificate"
    /// );
    /// # Ok::<(), salon_core::config::ConfigError>(())
    /// ```
    #[must_use]
    pub fn refuse<T: Section>(&self, invalid: Invalid) -> ConfigError {
        Layers::of::<T>(&self.sources).map_or_else(|error| error, |layers| layers.refuse(invalid))
    }

    /// Returns a value by its dotted key (`app.name`), for templates. Returns `None` for a secret, and for a key that
    /// no section has.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Value> {
        let (section, rest) = key.split_once('.').unwrap_or((key, ""));
        let claimed = self.claimed.read().unwrap_or_else(PoisonError::into_inner);
        tree::at(claimed.get(section)?, &tree::path(rest)).cloned()
    }

    /// Ends the boot: by now, every section must have been requested.
    ///
    /// ```
    /// use salon_core::config::Config;
    ///
    /// # let folder = std::env::temp_dir().join("salon-no-such-folder");
    /// let config = Config::builder(&folder).set("blog.per_page", 25).load()?;
    /// let refused = config.finish().map_err(|error| error.to_string());
    /// assert!(refused.is_err_and(|error| error.contains("there is no section `blog`")));
    /// # Ok::<(), salon_core::config::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if a file of `config/`, or an override, belongs to a section that was not requested.
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
                hint: nearest(section, names).map_or_else(
                    || "remove it, or read it in a provider with `config.section()`".to_owned(),
                    |name| format!("did you mean `{name}`?"),
                ),
            }),
        }
    }

    /// Returns the names of all sections that are known by now.
    fn sections<'a>(&'a self, asked: &'a str) -> BTreeSet<&'a str> {
        let claimed = self.claimed.read().unwrap_or_else(PoisonError::into_inner);
        self.sources.files.keys().map(String::as_str).chain(claimed.keys().copied()).chain([asked]).collect()
    }
}

/// Removes the secrets of a section.
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
