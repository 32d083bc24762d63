//! The section `database`: which servers and databases the app connects to, and how long it waits for them.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use salon_core::config::{Invalid, Secret, Section, did_you_mean};

/// `config/database.toml`, `DATABASE_…`: the servers and databases that the app connects to, each under a name.
///
/// ```
/// use salon_core::config::Config;
/// use salon_database::DatabaseConfig;
///
/// # let root = std::env::temp_dir().join("salon-no-such-folder");
/// let environment = [("DATABASE_DEFAULT", "postgres"), ("DATABASE_CONNECTIONS_POSTGRES_MAX_CONNECTIONS", "25")];
/// let config: DatabaseConfig = Config::builder(&root).environment(environment).load()?.section()?;
/// assert_eq!(config.default, "postgres");
/// assert_eq!(config.connections["postgres"].max_connections, 25);
/// assert_eq!(config.connections["redis"].max_connections, 10);
/// # Ok::<(), salon_core::config::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DatabaseConfig {
    /// The connection to use where none is named. Default: `"sqlite"`.
    pub default: String,
    /// The connections by name. Default: `sqlite`, `postgres`, `mysql`, `redis` and `memcached`, each with its
    /// usual port on this machine.
    pub connections: BTreeMap<String, ConnectionConfig>,
}

/// One connection of `config/database.toml`: the table `[connections.<name>]`.
///
/// ```
/// use std::time::Duration;
/// use salon_database::{ConnectionConfig, DatabaseConfig};
///
/// let mut cache = ConnectionConfig::to("redis://:password@10.0.0.5:6379/1");
/// cache.response_timeout = 5;
/// assert_eq!((cache.max_connections, cache.connect_timeout()), (10, Duration::from_secs(2)));
///
/// let mut config = DatabaseConfig::default();
/// config.connections.insert("cache".to_owned(), cache);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ConnectionConfig {
    /// The URL of the server: `sqlite:`, `postgres://`, `mysql://`, `redis://`, `rediss://`, `redis+unix://`,
    /// `redis+sentinel://`, `redis+cluster://` or `memcached://`, with user and password if the server requires them. It
    /// has no default and must be set.
    pub url: Secret,
    /// The maximum number of open connections of this process, 1 or more; with several memcached servers, to each of
    /// them. Default: 10.
    pub max_connections: u32,
    /// How long to wait for a new connection, or for one to become free, in seconds, from 1 to 3600. Default: 2.
    pub connect_timeout: u64,
    /// How long to wait for a response, in seconds, from 1 to 3600. Default: 2.
    pub response_timeout: u64,
    /// The file with the certificates (PEM) that verify the server's certificate, relative to the app's folder. If it
    /// is empty, the usual authorities are used. Default: `""`.
    pub ca: String,
}

impl Default for ConnectionConfig {
    fn default() -> Self {
        Self { url: Secret::default(), max_connections: 10, connect_timeout: 2, response_timeout: 2, ca: String::new() }
    }
}

impl ConnectionConfig {
    /// Creates a connection to this URL, with defaults for everything else.
    #[must_use]
    pub fn to(url: &str) -> Self {
        Self { url: url.into(), ..Self::default() }
    }

    /// Returns how long to wait for a new connection, or for one to become free.
    #[must_use]
    pub const fn connect_timeout(&self) -> Duration {
        Duration::from_secs(self.connect_timeout)
    }

    /// Returns how long to wait for a response.
    #[must_use]
    pub const fn response_timeout(&self) -> Duration {
        Duration::from_secs(self.response_timeout)
    }
}

/// In seconds. A longer timeout is a mistake, and a far longer one would overflow when it is added to the current time.
const MAX_TIMEOUT: u64 = 3_600;

impl Default for DatabaseConfig {
    fn default() -> Self {
        let connections = [
            ("sqlite", "sqlite:storage/database.sqlite"),
            ("postgres", "postgres://postgres@127.0.0.1:5432/salon"),
            ("mysql", "mysql://root@127.0.0.1:3306/salon"),
            ("redis", "redis://127.0.0.1:6379/0"),
            ("memcached", "memcached://127.0.0.1:11211"),
        ];
        let connections = connections.map(|(name, url)| (name.to_owned(), ConnectionConfig::to(url)));
        Self { default: "sqlite".to_owned(), connections: connections.into() }
    }
}

impl Section for DatabaseConfig {
    const NAME: &'static str = "database";
    const SECRETS: &'static [&'static str] = &["connections.*.url"];

    fn validate(&self) -> Result<(), Invalid> {
        if !self.connections.contains_key(&self.default) {
            let names: Vec<_> = self.connections.keys().map(String::as_str).collect();
            let hint = did_you_mean(&self.default, names.iter().copied());
            let message = format!("must be one of the connections: {}{hint}", names.join(", "));
            return Err(Invalid::new("default", message));
        }
        for (name, connection) in &self.connections {
            let refuse = |key: &str, message: &str| Err(Invalid::new(format!("connections.{name}.{key}"), message));
            if connection.url.is_empty() {
                return refuse("url", "must be the address of the server, such as \"sqlite:storage/database.sqlite\"");
            }
            if connection.max_connections == 0 {
                return refuse("max_connections", "must be 1 or more");
            }
            let timeouts =
                [("connect_timeout", connection.connect_timeout), ("response_timeout", connection.response_timeout)];
            if let Some((key, _)) = timeouts.iter().find(|(_, seconds)| !(1..=MAX_TIMEOUT).contains(seconds)) {
                return refuse(key, "must be from 1 to 3600 seconds (an hour)");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_file_documents_every_key() {
        salon_core::config::assert_documented::<DatabaseConfig>(std::path::Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../.."
        )));
    }

    #[test]
    fn a_default_that_is_not_a_connection_is_refused() {
        let config = DatabaseConfig { default: "postgers".to_owned(), ..DatabaseConfig::default() };
        let refused = config.validate().unwrap_err().message;
        assert!(refused.ends_with("redis, sqlite (did you mean `postgres`?)"), "{refused}");
        assert!(DatabaseConfig::default().validate().is_ok());
    }

    #[test]
    fn a_timeout_of_zero_or_beyond_an_hour_is_refused() {
        for (seconds, is_fine) in [(0, false), (1, true), (3_600, true), (3_601, false), (u64::MAX, false)] {
            for key in ["connect_timeout", "response_timeout"] {
                let mut config = DatabaseConfig::default();
                let connection = config.connections.get_mut("redis").unwrap();
                match key {
                    "connect_timeout" => connection.connect_timeout = seconds,
                    _ => connection.response_timeout = seconds,
                }
                let refused = config.validate().err().map(|refused| format!("{refused:?}"));
                assert_eq!(refused.is_none(), is_fine, "{key} = {seconds}");
                assert!(refused.is_none_or(|refused| refused.contains(key)), "{key}");
            }
        }
    }

    #[test]
    fn a_url_is_not_shown() {
        let shown = format!("{:?}", ConnectionConfig::to("redis://:password@127.0.0.1"));
        assert!(!shown.contains("password"), "{shown}");
    }
}
