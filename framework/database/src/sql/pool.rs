//! Pools of connections to SQL databases.

use std::time::Duration;

use tokio::time::timeout;

use super::{Connection, DatabaseError, Held, losses::Losses, remedy};

/// The SQL dialect of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// The dialect of SQLite.
    Sqlite,
    /// The dialect of PostgreSQL.
    Postgres,
    /// The dialect of MySQL and MariaDB.
    MySql,
}

impl Dialect {
    /// Returns its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MySQL",
        }
    }

    /// Quotes a name, so that it may be a reserved word. It must be an identifier.
    pub fn quoted(self, name: &str) -> String {
        let mark = if self == Self::MySql { '`' } else { '"' };
        format!("{mark}{name}{mark}")
    }

    /// Returns the folder of its migrations, below `database/migrations`.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::MySql => "mysql",
        }
    }
}

/// The open connections to one SQL database, shared by the app and its sessions. It is a cheap handle.
///
/// It wraps one of sqlx's own pools. Use [`sqlite`](Self::sqlite), [`postgres`](Self::postgres) or
/// [`mysql`](Self::mysql) to get it and run your own queries.
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
        match &self.kind {
            Kind::Sqlite(pool) => Ok(pool),
            #[cfg(any(feature = "postgres", feature = "mysql"))]
            _ => Err(self.is_not("SQLite")),
        }
    }

    /// Returns the pool, if it is a PostgreSQL pool.
    ///
    /// # Errors
    /// Returns an error if the pool belongs to another database.
    #[cfg(feature = "postgres")]
    pub fn postgres(&self) -> Result<&sqlx::PgPool, DatabaseError> {
        match &self.kind {
            Kind::Postgres(pool) => Ok(pool),
            #[cfg(any(feature = "sqlite", feature = "mysql"))]
            _ => Err(self.is_not("PostgreSQL")),
        }
    }

    /// Returns the pool, if it is a MySQL or MariaDB pool.
    ///
    /// # Errors
    /// Returns an error if the pool belongs to another database.
    #[cfg(feature = "mysql")]
    pub fn mysql(&self) -> Result<&sqlx::MySqlPool, DatabaseError> {
        match &self.kind {
            Kind::MySql(pool) => Ok(pool),
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            _ => Err(self.is_not("MySQL or MariaDB")),
        }
    }

    #[allow(dead_code, reason = "with one database there is no other")]
    fn is_not(&self, expected: &'static str) -> DatabaseError {
        DatabaseError::WrongKind { connection: self.name().to_owned(), expected }
    }

    /// True if only one connection of the pool can write at a time.
    pub const fn has_one_writer(&self) -> bool {
        matches!(self.dialect(), Dialect::Sqlite)
    }

    /// Returns how long a response may take.
    pub const fn patience(&self) -> Duration {
        self.connection.config.response_timeout()
    }

    /// When connections were lost.
    pub const fn losses(&self) -> &Losses {
        &self.losses
    }

    /// Takes a connection from the pool, for one piece of work.
    pub async fn acquire(&self) -> sqlx::Result<Held> {
        match &self.kind {
            #[cfg(feature = "sqlite")]
            Kind::Sqlite(pool) => pool.acquire().await.map(Held::Sqlite),
            #[cfg(feature = "postgres")]
            Kind::Postgres(pool) => pool.acquire().await.map(Held::Postgres),
            #[cfg(feature = "mysql")]
            Kind::MySql(pool) => pool.acquire().await.map(Held::MySql),
        }
    }

    /// Adds a remedy to an error.
    pub fn explain(&self, error: sqlx::Error) -> DatabaseError {
        remedy::explain(&self.connection, error)
    }

    /// Returns the error for a response that did not arrive in time.
    pub fn no_answer(&self) -> DatabaseError {
        DatabaseError::NoAnswer { connection: self.name().to_owned(), seconds: self.connection.config.response_timeout }
    }

    /// Returns the error for other writers that held the lock for too long.
    pub fn no_turn(&self) -> DatabaseError {
        DatabaseError::NoTurn { connection: self.name().to_owned(), seconds: self.connection.config.response_timeout }
    }

    /// Executes statements of Salon's own, one after the other.
    pub async fn run(&self, text: String) -> Result<(), DatabaseError> {
        let run =
            each!(Kind, &self.kind, pool => sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(pool).await.map(drop));
        run.map_err(|error| self.explain(error))
    }

    /// True if there is a table with this name, which must be an identifier.
    pub async fn has_table(&self, table: &str) -> Result<bool, DatabaseError> {
        let text = format!("SELECT 1 FROM {} WHERE 1 = 0", self.dialect().quoted(table));
        let asked =
            each!(Kind, &self.kind, pool => sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(pool).await.map(drop));
        match asked {
            Ok(()) => Ok(true),
            Err(error) if remedy::is_no_table(&error) => Ok(false),
            Err(error) => Err(self.explain(error)),
        }
    }

    /// Closes every connection when it is returned. Completes when all are closed, or when a connection is held for
    /// longer than a response may take: one that listens for notifications is never returned.
    pub async fn close(&self) {
        each!(Kind, &self.kind, pool => drop(timeout(self.patience(), pool.close()).await));
    }
}
