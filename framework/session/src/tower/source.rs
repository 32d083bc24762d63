//! What the constructors of [`Sessions`](crate::Sessions) accept: a URL or a pool, a configuration or its folder.

use std::path::{Path, PathBuf};

use crate::config::SessionConfig;

/// A configuration, or the folder to read it from: what [`Sessions::from_config`](crate::Sessions::from_config) accepts.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConfigSource {
    /// A configuration.
    Config(Box<SessionConfig>),
    /// The app's folder, which contains `config/`.
    Folder(PathBuf),
}

impl From<SessionConfig> for ConfigSource {
    fn from(config: SessionConfig) -> Self {
        Self::Config(Box::new(config))
    }
}

impl From<&str> for ConfigSource {
    fn from(folder: &str) -> Self {
        Self::Folder(folder.into())
    }
}

impl From<&Path> for ConfigSource {
    fn from(folder: &Path) -> Self {
        Self::Folder(folder.into())
    }
}

impl From<PathBuf> for ConfigSource {
    fn from(folder: PathBuf) -> Self {
        Self::Folder(folder)
    }
}

/// A URL, or a pool that the app has opened itself. `P` is the type of the pool.
#[cfg(feature = "_sql")]
#[derive(Clone)]
#[non_exhaustive]
pub enum SqlSource<P> {
    /// The URL of the database.
    Url(String),
    /// A pool of sqlx.
    Pool(P),
}

/// A URL may contain a password.
#[cfg(feature = "_sql")]
impl<P> std::fmt::Debug for SqlSource<P> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Url(_) => "Url(..)",
            Self::Pool(_) => "Pool(..)",
        })
    }
}

#[cfg(feature = "_sql")]
impl<P> From<&str> for SqlSource<P> {
    fn from(url: &str) -> Self {
        Self::Url(url.to_owned())
    }
}

#[cfg(feature = "_sql")]
impl<P> From<String> for SqlSource<P> {
    fn from(url: String) -> Self {
        Self::Url(url)
    }
}

/// The path of the file. It is created if it does not exist.
#[cfg(feature = "sqlite")]
impl From<&Path> for SqlSource<sqlx::SqlitePool> {
    fn from(path: &Path) -> Self {
        Self::Url(path.to_string_lossy().into_owned())
    }
}

/// The path of the file. It is created if it does not exist.
#[cfg(feature = "sqlite")]
impl From<PathBuf> for SqlSource<sqlx::SqlitePool> {
    fn from(path: PathBuf) -> Self {
        path.as_path().into()
    }
}

#[cfg(feature = "sqlite")]
impl From<sqlx::SqlitePool> for SqlSource<sqlx::SqlitePool> {
    fn from(pool: sqlx::SqlitePool) -> Self {
        Self::Pool(pool)
    }
}

#[cfg(feature = "postgres")]
impl From<sqlx::PgPool> for SqlSource<sqlx::PgPool> {
    fn from(pool: sqlx::PgPool) -> Self {
        Self::Pool(pool)
    }
}

#[cfg(feature = "mysql")]
impl From<sqlx::MySqlPool> for SqlSource<sqlx::MySqlPool> {
    fn from(pool: sqlx::MySqlPool) -> Self {
        Self::Pool(pool)
    }
}
