//! Looks up connections by name.

use std::path::{Path, PathBuf};

#[cfg(feature = "_sql")]
use {
    crate::sql::{MigrationError, Migrations, Pool},
    std::collections::BTreeMap,
    tokio::sync::OnceCell,
};

use crate::{config::DatabaseConfig, connection::Connection, error::DatabaseError, scheme::Scheme};

/// The app's connections by name.
///
/// ```
/// use salon_database::{ConnectionConfig, DatabaseConfig, DatabaseManager, Scheme};
///
/// let mut config = DatabaseConfig::default();
/// config.connections.insert("reports".to_owned(), ConnectionConfig::to("sqlite:storage/reports.sqlite"));
/// let databases = DatabaseManager::new("/srv/blog".into(), config);
/// assert_eq!(databases.default_name(), "sqlite");
/// # #[cfg(feature = "sqlite")]
/// assert_eq!(databases.connection(Some("reports"))?.scheme, Scheme::Sqlite);
/// assert!(databases.connection(Some("report")).is_err());
/// # Ok::<(), salon_database::DatabaseError>(())
/// ```
#[derive(Debug)]
pub struct DatabaseManager {
    root: PathBuf,
    config: DatabaseConfig,
    #[cfg(feature = "_sql")]
    pools: BTreeMap<String, OnceCell<Pool>>,
}

impl DatabaseManager {
    /// Creates the connections of the app in this folder.
    #[must_use]
    pub fn new(root: PathBuf, config: DatabaseConfig) -> Self {
        #[cfg(feature = "_sql")]
        let pools = config.connections.keys().map(|name| (name.clone(), OnceCell::new())).collect();
        Self {
            root,
            config,
            #[cfg(feature = "_sql")]
            pools,
        }
    }

    /// Creates the connections of an app that opens its pool itself: this one, and no other. Its name is `sqlite`,
    /// `postgres` or `mysql`.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")]
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use salon_database::{DatabaseManager, sqlx::SqlitePool};
    ///
    /// let databases = DatabaseManager::with_pool(SqlitePool::connect_lazy("sqlite::memory:")?);
    /// assert_eq!(databases.default_name(), "sqlite");
    /// assert!(databases.pool(None).await?.sqlite().is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    #[cfg(feature = "_sql")]
    #[must_use]
    pub fn with_pool(pool: impl Into<Pool>) -> Self {
        let pool = pool.into();
        let Connection { name, config, .. } = pool.connection.clone();
        let config = DatabaseConfig { default: name.clone(), connections: BTreeMap::from([(name.clone(), config)]) };
        Self { root: PathBuf::new(), config, pools: BTreeMap::from([(name, OnceCell::new_with(Some(pool)))]) }
    }

    /// Returns the app's folder, the base of relative paths.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the name of the default connection.
    #[must_use]
    pub fn default_name(&self) -> &str {
        &self.config.default
    }

    /// Returns the connection with this name, or the default one for `None`.
    ///
    /// # Errors
    /// Returns an error if there is no connection with this name, the scheme of its URL is unknown, or its kind is not
    /// compiled in.
    pub fn connection(&self, name: Option<&str>) -> Result<Connection, DatabaseError> {
        let name = name.unwrap_or(&self.config.default);
        let config = self.config.connections.get(name).cloned().ok_or_else(|| DatabaseError::UnknownConnection {
            name: name.to_owned(),
            known: self.config.connections.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
        })?;
        let scheme = Scheme::of(name, config.url.expose())?;
        if !scheme.is_compiled() {
            return Err(DatabaseError::MissingFeature { connection: name.to_owned(), feature: scheme.feature() });
        }
        Ok(Connection { name: name.to_owned(), scheme, config })
    }

    /// Returns the pool of the connection with this name, or of the default one. The pool is opened by the first call
    /// and shared by all later ones. `salon::facades::Database` is a shortcut to it.
    ///
    /// # Errors
    /// Returns an error if there is no such connection, it does not lead to an SQL database, or the database cannot be
    /// reached. The error says what to do.
    #[cfg(feature = "_sql")]
    pub async fn pool(&self, name: Option<&str>) -> Result<Pool, DatabaseError> {
        let connection = self.connection(name)?;
        let pool = &self.pools[&connection.name];
        pool.get_or_try_init(|| Pool::open(connection, &self.root)).await.cloned()
    }

    /// Returns the migrations of the connection with this name, or of the default one.
    ///
    /// # Errors
    /// Returns an error if there is no such connection, it does not lead to an SQL database, or the database cannot be
    /// reached.
    #[cfg(feature = "_sql")]
    pub async fn migrations(&self, name: Option<&str>) -> Result<Migrations, MigrationError> {
        Ok(Migrations::new(self.pool(name).await?, &self.root))
    }

    /// Closes every open pool once its connections have been returned.
    #[cfg(feature = "_sql")]
    pub async fn close(&self) {
        for pool in self.pools.values().filter_map(OnceCell::get) {
            pool.close().await;
        }
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;
    use crate::config::ConnectionConfig;

    #[tokio::test]
    async fn a_pool_of_the_app_is_the_only_connection() {
        let pool = sqlx::SqlitePool::connect_lazy("sqlite::memory:").unwrap();
        let databases = DatabaseManager::with_pool(pool.clone());
        assert_eq!(databases.connection(None).unwrap().scheme, Scheme::Sqlite);
        databases.pool(Some("sqlite")).await.unwrap().sqlite().unwrap().close().await;
        assert!(pool.is_closed(), "it is the same pool");
        assert!(databases.connection(Some("redis")).is_err());
    }

    #[tokio::test]
    async fn an_app_ends_even_if_a_connection_is_never_returned() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = DatabaseConfig::default();
        let listened = ConnectionConfig { response_timeout: 1, ..ConnectionConfig::to("sqlite:database.sqlite") };
        config.connections.insert("listened".to_owned(), listened);
        let databases = DatabaseManager::new(folder.path().to_owned(), config);
        let pool = databases.pool(Some("listened")).await.unwrap();
        let _kept = pool.sqlite().unwrap().acquire().await.unwrap();
        databases.close().await;
        assert!(pool.sqlite().unwrap().is_closed());
    }
}
