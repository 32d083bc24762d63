//! From names to connections.

use std::path::{Path, PathBuf};

#[cfg(feature = "_sql")]
use {super::Pool, std::collections::BTreeMap, tokio::sync::OnceCell};

use super::{ConnectionConfig, DatabaseConfig, DatabaseError, Scheme};

/// A connection of `config/database.toml`, with its name, of a kind that is compiled in. Nothing is open yet.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Connection {
    /// The name it goes by.
    pub name: String,
    /// What kind of server it leads to.
    pub scheme: Scheme,
    /// What `config/database.toml` says of it.
    pub config: ConnectionConfig,
}

/// The app's connections by name.
#[derive(Debug)]
pub struct DatabaseManager {
    root: PathBuf,
    config: DatabaseConfig,
    #[cfg(feature = "_sql")]
    pools: BTreeMap<String, OnceCell<Pool>>,
}

impl DatabaseManager {
    /// The connections of an app in this folder.
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

    /// The app's folder, which relative paths begin at.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The name of the connection that is meant where none is named.
    pub fn default_name(&self) -> &str {
        &self.config.default
    }

    /// The connection of this name; the default one for `None`.
    ///
    /// # Errors
    /// There is none of that name, its URL is of no known kind, or that kind is not compiled in.
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

    /// The pool of the connection of this name, or of the default one; opened when first asked for, and the same one to
    /// everybody from then on. [`facades::Database`](crate::facades::Database) is the short way to it.
    ///
    /// # Errors
    /// There is no such connection, it leads to no SQL database, or the database cannot be reached: the error says what to do.
    #[cfg(feature = "_sql")]
    pub async fn pool(&self, name: Option<&str>) -> Result<Pool, DatabaseError> {
        let connection = self.connection(name)?;
        match self.pools.get(&connection.name) {
            Some(pool) => pool.get_or_try_init(|| Pool::open(connection, &self.root)).await.cloned(),
            None => Pool::open(connection, &self.root).await,
        }
    }

    /// Closes every pool that was opened, when its connections are given back.
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

    #[tokio::test]
    async fn an_app_ends_though_a_connection_is_never_given_back() {
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
