//! A connection of `config/database.toml`.

use crate::{config::ConnectionConfig, scheme::Scheme};

/// A connection of `config/database.toml` with its name. Its kind is compiled in. Nothing is open yet.
///
/// [`DatabaseManager::connection`](crate::DatabaseManager::connection) returns it, for a client of your own.
///
/// ```
/// # #[cfg(feature = "redis")] {
/// use salon_database::{DatabaseConfig, DatabaseManager, Scheme};
///
/// let databases = DatabaseManager::new("".into(), DatabaseConfig::default());
/// let connection = databases.connection(Some("redis"))?;
/// assert_eq!((connection.name.as_str(), connection.scheme), ("redis", Scheme::Redis));
/// assert_eq!(connection.config.url.expose(), "redis://127.0.0.1:6379/0");
/// # }
/// # Ok::<(), salon_database::DatabaseError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Connection {
    /// The name of the connection.
    pub name: String,
    /// The kind of server that it leads to.
    pub scheme: Scheme,
    /// Its configuration in `config/database.toml`.
    pub config: ConnectionConfig,
}
