//! A section of the configuration: a struct with a name.

use serde::{Serialize, de::DeserializeOwned};

use super::Invalid;

/// A typed section of the configuration.
///
/// The struct's fields are the section's keys. Its default provides the values that are not set, so fields need no
/// attributes. A field that is `None` by default may be left out everywhere. Durations are whole numbers; the field's
/// documentation says in which unit.
///
/// ```
/// use salon_core::config::{Config, Invalid, Section};
/// use serde::{Deserialize, Serialize};
///
/// /// `config/blog.toml`, `BLOG_PER_PAGE` …
/// #[derive(Serialize, Deserialize)]
/// struct BlogConfig {
///     per_page: u32,
///     authors: Vec<String>,
/// }
///
/// impl Default for BlogConfig {
///     fn default() -> Self {
///         Self { per_page: 10, authors: Vec::new() }
///     }
/// }
///
/// impl Section for BlogConfig {
///     const NAME: &'static str = "blog";
///
///     fn validate(&self) -> Result<(), Invalid> {
///         if self.per_page == 0 {
///             return Err(Invalid::new("per_page", "must be at least 1"));
///         }
///         Ok(())
///     }
/// }
///
/// # let folder = std::env::temp_dir().join("salon-no-such-folder");
/// let environment = [("BLOG_PER_PAGE", "25"), ("BLOG_AUTHORS", "Ada, Grace")];
/// let config = Config::builder(&folder).environment(environment).load()?;
/// let blog = config.section::<BlogConfig>()?;
/// assert_eq!(blog.per_page, 25);
/// assert_eq!(blog.authors, ["Ada", "Grace"]);
/// # Ok::<(), salon_core::config::ConfigError>(())
/// ```
pub trait Section: Serialize + DeserializeOwned + Default {
    /// The name: lowercase letters, digits and `_`. The file is `config/<NAME>.toml`.
    const NAME: &'static str;

    /// The dotted keys whose values are secret; `*` stands for any single part: `connections.*.url`. Templates cannot
    /// read them, and error messages do not show them.
    const SECRETS: &'static [&'static str] = &[];

    /// Rejects what the types alone cannot: an impossible value, or two keys that contradict each other.
    ///
    /// # Errors
    /// Returns the first invalid key, and what its value must be.
    fn validate(&self) -> Result<(), Invalid> {
        Ok(())
    }
}

/// True if the value at a path is a secret, or contains one or belongs to one.
pub(super) fn is_secret<T: Section>(path: &[String]) -> bool {
    T::SECRETS
        .iter()
        .any(|pattern| pattern.split('.').zip(path).all(|(expected, part)| expected == "*" || expected == part))
}
