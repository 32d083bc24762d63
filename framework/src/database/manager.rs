//! From names to connections.

use std::path::{Path, PathBuf};

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
}

impl DatabaseManager {
    /// The connections of an app in this folder.
    #[must_use]
    pub const fn new(root: PathBuf, config: DatabaseConfig) -> Self {
        Self { root, config }
    }

    /// The app's folder, which relative paths begin at.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The name of the connection that is meant where none is named.
    pub(crate) fn default_name(&self) -> &str {
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
}
