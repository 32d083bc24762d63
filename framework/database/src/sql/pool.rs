//! Pools of connections to SQL databases.

use std::time::Duration;

use tokio::time::timeout;

use super::{connection::SqlConnection, dialect::Dialect, error_code::is_missing_table, losses::Losses, remedy};
use crate::{connection::Connection, error::DatabaseError};

/// The open connections to one SQL database, shared by the app and its sessions. It is a cheap handle.
///
/// It wraps one of sqlx's own pools. Use [`sqlite`](Self::sqlite), [`postgres`](Self::postgres) or
/// [`mysql`](Self::mysql) to get it and run your own queries.
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use salon_database::{ConnectionConfig, DatabaseConfig, DatabaseManager, sqlx};
///
/// # let folder = tempfile::tempdir()?;
/// # let root = folder.path().to_owned();
/// let databases = DatabaseManager::new(root, DatabaseConfig::default());
/// let pool = databases.pool(Some("sqlite")).await?;
/// let answer: i64 = sqlx::query_scalar("SELECT 42").fetch_one(pool.sqlite()?).await?;
/// assert_eq!(answer, 42);
/// # Ok(())
/// # }
/// # #[cfg(feature = "sqlite")]
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Pool {
    pub(super) kind: Kind,
    pub(crate) connection: Connection,
    pub(super) losses: Losses,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::SqlitePool),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::PgPool),
    #[cfg(feature = "mysql")]
    MySql(sqlx::MySqlPool),
}

#[allow(irrefutable_let_patterns, reason = "with one database compiled in, every pool is one of it")]
impl Pool {
    /// Returns the name of the connection in `config/database.toml`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.connection.name
    }

    /// Returns the dialect of the database.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        match self.kind {
            #[cfg(feature = "sqlite")]
            Kind::Sqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Kind::Postgres(_) => Dialect::Postgres,
            #[cfg(feature = "mysql")]
            Kind::MySql(_) => Dialect::MySql,
        }
    }

    /// Returns the pool, if it is an SQLite pool.
    ///
    /// # Errors
    /// Returns an error if the pool belongs to another database.
    #[cfg(feature = "sqlite")]
    pub fn sqlite(&self) -> Result<&sqlx::SqlitePool, DatabaseError> {
        let Kind::Sqlite(pool) = &self.kind else { return Err(self.is_not("SQLite")) };
        Ok(pool)
    }

    /// Returns the pool, if it is a PostgreSQL pool.
    ///
    /// # Errors
    /// Returns an error if the pool belongs to another database.
    #[cfg(feature = "postgres")]
    pub fn postgres(&self) -> Result<&sqlx::PgPool, DatabaseError> {
        let Kind::Postgres(pool) = &self.kind else { return Err(self.is_not("PostgreSQL")) };
        Ok(pool)
    }

    /// Returns the pool, if it is a MySQL or MariaDB pool.
    ///
    /// # Errors
    /// Returns an error if the pool belongs to another database.
    #[cfg(feature = "mysql")]
    pub fn mysql(&self) -> Result<&sqlx::MySqlPool, DatabaseError> {
        let Kind::MySql(pool) = &self.kind else { return Err(self.is_not("MySQL or MariaDB")) };
        Ok(pool)
    }

    fn is_not(&self, expected: &'static str) -> DatabaseError {
        DatabaseError::WrongKind { connection: self.name().to_owned(), expected }
    }

    /// Closes every connection when it is returned. Completes when all are closed, or when a connection is held for
    /// longer than a response may take: one that listens for notifications is never returned.
    pub async fn close(&self) {
        each!(Kind, &self.kind, pool => drop(timeout(self.response_timeout(), pool.close()).await));
    }
}

/// What session stores need.
#[doc(hidden)]
impl Pool {
    /// True if only one connection of the pool can write at a time.
    pub const fn has_one_writer(&self) -> bool {
        matches!(self.dialect(), Dialect::Sqlite)
    }

    /// Returns how long a response may take.
    pub const fn response_timeout(&self) -> Duration {
        self.connection.config.response_timeout()
    }

    /// Records when connections were lost.
    pub const fn losses(&self) -> &Losses {
        &self.losses
    }

    /// Takes a connection from the pool, for one piece of work.
    ///
    /// # Errors
    /// Returns an error if none becomes free, or can be established, within `connect_timeout`.
    pub async fn acquire(&self) -> sqlx::Result<SqlConnection> {
        match &self.kind {
            #[cfg(feature = "sqlite")]
            Kind::Sqlite(pool) => pool.acquire().await.map(SqlConnection::Sqlite),
            #[cfg(feature = "postgres")]
            Kind::Postgres(pool) => pool.acquire().await.map(SqlConnection::Postgres),
            #[cfg(feature = "mysql")]
            Kind::MySql(pool) => pool.acquire().await.map(SqlConnection::MySql),
        }
    }

    /// Adds a remedy to an error.
    pub fn explain(&self, error: sqlx::Error) -> DatabaseError {
        remedy::explain(&self.connection, error)
    }

    /// Returns the error for a response that did not arrive in time.
    pub fn response_timeout_error(&self) -> DatabaseError {
        let (connection, seconds) = (self.name().to_owned(), self.connection.config.response_timeout);
        DatabaseError::ResponseTimeout { connection, seconds }
    }

    /// Returns the error for other writers that held the lock for too long.
    pub fn lock_timeout_error(&self) -> DatabaseError {
        let (connection, seconds) = (self.name().to_owned(), self.connection.config.response_timeout);
        DatabaseError::LockTimeout { connection, seconds }
    }

    /// Executes statements of Salon's own, one after the other.
    ///
    /// # Errors
    /// Returns the error of the database, with a remedy.
    pub async fn run(&self, text: String) -> Result<(), DatabaseError> {
        self.execute_raw(text).await.map_err(|error| self.explain(error))
    }

    async fn execute_raw(&self, text: String) -> sqlx::Result<()> {
        each!(Kind, &self.kind, pool => sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(pool).await.map(drop))
    }

    /// True if there is a table with this name, which must be an identifier.
    ///
    /// # Errors
    /// Returns an error if the database cannot be queried.
    pub async fn has_table(&self, table: &str) -> Result<bool, DatabaseError> {
        let text = format!("SELECT 1 FROM {} WHERE 1 = 0", self.dialect().quoted(table));
        match self.execute_raw(text).await {
            Ok(()) => Ok(true),
            Err(error) if is_missing_table(&error) => Ok(false),
            Err(error) => Err(self.explain(error)),
        }
    }
}
