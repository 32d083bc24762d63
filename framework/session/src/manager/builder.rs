//! Builds a session manager from an app's configuration.

use std::{path::PathBuf, sync::Arc};

use salon_core::{
    config::Invalid,
    encryption::{EncryptionError, KeyRing},
    support::{Clock, Random},
};
use salon_database::{DatabaseConfig, DatabaseManager};

use crate::{
    config::SessionConfig,
    manager::{manager::SessionManager, secrets::Secrets},
};

/// Builds a [`SessionManager`]; see [`SessionManager::builder`].
#[derive(Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct SessionManagerBuilder {
    config: SessionConfig,
    app_name: String,
    base_url: String,
    databases: Option<Arc<DatabaseManager>>,
    keys: Option<KeyRing>,
    clock: Clock,
    random: Random,
}

/// Why a session manager cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A value of the configuration is not valid, or does not fit the others.
    #[error("`session.{}` {}", .0.key, .0.message)]
    Invalid(Invalid),
    /// Sessions must be encrypted, but there is no key.
    #[error("`encrypt` is on in config/session.toml, but there is no APP_KEY: run `cargo run -- key:generate`")]
    NoKey,
    /// The key cannot be used.
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
}

impl SessionManager {
    /// Begins to build a manager from a configuration.
    ///
    /// ```
    /// use salon_session::{SessionConfig, SessionManager};
    ///
    /// let mut config = SessionConfig::default();
    /// config.driver = "memory".to_owned();
    /// let manager = SessionManager::builder(config).base_url("https://example.org").build()?;
    /// assert_eq!(manager.cookie().name(), "__Host-session");
    /// # Ok::<(), salon_session::BuildError>(())
    /// ```
    pub fn builder(config: SessionConfig) -> SessionManagerBuilder {
        SessionManagerBuilder::new(config)
    }
}

impl SessionManagerBuilder {
    fn new(config: SessionConfig) -> Self {
        Self {
            config,
            app_name: "salon".to_owned(),
            base_url: String::new(),
            databases: None,
            keys: None,
            clock: Clock::system(),
            random: Random::system(),
        }
    }

    /// Sets the name of the app. If `prefix` is empty, keys in Redis and memcached begin with it. Default "salon".
    pub fn app_name(mut self, name: impl Into<String>) -> Self {
        self.app_name = name.into();
        self
    }

    /// Sets the address that visitors use. With `secure = "auto"`, the cookie is `Secure` if the address begins with
    /// `https://`. Default "", so it is not.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Sets the connections that drivers may use. Default: an SQLite database in the working directory.
    pub fn databases(mut self, databases: Arc<DatabaseManager>) -> Self {
        self.databases = Some(databases);
        self
    }

    /// Sets the keys of the app. The driver `cookie` and `encrypt = true` need them to encrypt sessions; and with them the form
    /// of a visitor who has no session yet needs none. Default: none.
    pub fn keys(mut self, keys: Option<KeyRing>) -> Self {
        self.keys = keys;
        self
    }

    /// Sets the clock. Default: the clock of the system.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the source of randomness. Default: the operating system.
    pub fn random(mut self, random: Random) -> Self {
        self.random = random;
        self
    }

    /// Builds the manager. Its driver is opened when it is first used.
    ///
    /// # Errors
    /// Returns an error if the configuration is not valid, or if it needs a key that is missing or cannot be used.
    pub fn build(self) -> Result<SessionManager, BuildError> {
        let mut config = self.config;
        salon_core::config::Section::validate(&config).map_err(BuildError::Invalid)?;
        if config.prefix.is_empty() {
            config.prefix = SessionConfig::prefix_of(&self.app_name);
        }
        let settings = config.settings(&self.base_url).map_err(BuildError::Invalid)?;
        let secrets = match self.keys {
            Some(keys) => Secrets::derive(&keys)?,
            None if config.encrypt => return Err(BuildError::NoKey),
            None => Secrets::default(),
        };
        let databases = self
            .databases
            .unwrap_or_else(|| Arc::new(DatabaseManager::new(PathBuf::from("."), DatabaseConfig::default())));
        Ok(SessionManager::new(databases, config, settings, secrets, self.clock, self.random))
    }
}
