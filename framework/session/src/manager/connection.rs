//! Which connection of `config/database.toml` a driver uses.

use salon_database::{DatabaseManager, Scheme};

use crate::config::SessionConfig;

/// Returns the connection that a driver uses. Returns `None` for a driver that uses none, or that does not come with
/// Salon.
///
/// `connection` in `config/session.toml` is for the configured driver. Another driver, such as the fallback, uses it if
/// it leads to the right kind of server. Otherwise it uses its default connection.
pub(crate) fn connection_of(driver: &str, config: &SessionConfig, databases: &DatabaseManager) -> Option<String> {
    let is_of_its_kind = |scheme| match scheme {
        Scheme::Redis | Scheme::RedisSentinel | Scheme::RedisCluster => driver == "redis",
        Scheme::Memcached => driver == "memcached",
        Scheme::Sqlite | Scheme::Postgres | Scheme::MySql => driver == "database",
    };
    let named = config.named_connection().filter(|name| {
        driver == config.driver || databases.connection(Some(name)).is_ok_and(|found| is_of_its_kind(found.scheme))
    });
    match (driver, named) {
        ("redis" | "memcached" | "database", Some(name)) => Some(name.to_owned()),
        ("redis" | "memcached", None) => Some(driver.to_owned()),
        ("database", None) => Some(databases.default_name().to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use salon_database::{ConnectionConfig, DatabaseConfig};

    #[test]
    fn a_driver_is_on_the_connection_that_is_named_if_that_is_of_its_kind() {
        let mut database = DatabaseConfig::default();
        database.connections.insert("cache".to_owned(), ConnectionConfig::to("redis+unix:///run/redis.sock"));
        let databases = DatabaseManager::new(PathBuf::new(), database);
        let of = |driver: &str, configured: &str, connection: &str| {
            let config = SessionConfig {
                driver: configured.to_owned(),
                connection: connection.to_owned(),
                ..SessionConfig::default()
            };
            connection_of(driver, &config, &databases)
        };
        assert_eq!(of("redis", "redis", "").as_deref(), Some("redis"));
        assert_eq!(of("redis", "redis", "cache").as_deref(), Some("cache"));
        assert_eq!(of("database", "redis", "cache").as_deref(), Some("sqlite"), "it leads to Redis");
        assert_eq!(of("redis", "file", "cache").as_deref(), Some("cache"));
        assert_eq!(of("memcached", "redis", "cache").as_deref(), Some("memcached"));
        assert_eq!(
            of("memcached", "memcached", "cache").as_deref(),
            Some("cache"),
            "a mistake, which opening the driver reports"
        );
        assert_eq!((of("file", "redis", "cache"), of("ledger", "ledger", "")), (None, None));
    }
}
