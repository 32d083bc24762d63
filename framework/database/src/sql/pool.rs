//! Pools of connections to SQL databases.

use std::time::Duration;

use tokio::time::timeout;

use super::{Connection, DatabaseError, Held, losses::Losses, remedy};

/// What an SQL database speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite's.
    Sqlite,
    /// PostgreSQL's.
    Postgres,
    /// That of MySQL and MariaDB.
    MySql,
}

impl Dialect {
    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MySQL",
        }
    }

    /// A name as it is, whatever words the database keeps for itself. It must be an identifier.
    pub fn quoted(self, name: &str) -> String {
        let mark = if self == Self::MySql { '`' } else { '"' };
        format!("{mark}{name}{mark}")
    }

    /// The folder that its migrations are in, below `database/migrations`.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::MySql => "mysql",
        }
    }
}

/// The open connections to one SQL database, shared by the app and its sessions. A cheap handle.
///
/// It is one of sqlx's own pools, which [`sqlite`](Self::sqlite), [`postgres`](Self::postgres) and [`mysql`](Self::mysql) give to
/// whoever has queries for them.
#[derive(Clone, Debug)]
pub struct Pool {
    pub(super) kind: Kind,
    pub(super) connection: Connection,
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
    /// The name of the connection in `config/database.toml`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.connection.name
    }

    /// What the database speaks.
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

    /// The pool, if it is one of SQLite.
    ///
    /// # Errors
    /// It is one of another database.
    #[cfg(feature = "sqlite")]
    pub fn sqlite(&self) -> Result<&sqlx::SqlitePool, DatabaseError> {
        match &self.kind {
            Kind::Sqlite(pool) => Ok(pool),
            #[cfg(any(feature = "postgres", feature = "mysql"))]
            _ => Err(self.is_not("SQLite")),
        }
    }

    /// The pool, if it is one of PostgreSQL.
    ///
    /// # Errors
    /// It is one of another database.
    #[cfg(feature = "postgres")]
    pub fn postgres(&self) -> Result<&sqlx::PgPool, DatabaseError> {
        match &self.kind {
            Kind::Postgres(pool) => Ok(pool),
            #[cfg(any(feature = "sqlite", feature = "mysql"))]
            _ => Err(self.is_not("PostgreSQL")),
        }
    }

    /// The pool, if it is one of MySQL or MariaDB.
    ///
    /// # Errors
    /// It is one of another database.
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

    /// Whether no other connection of the pool can write while one does.
    pub const fn has_one_writer(&self) -> bool {
        matches!(self.dialect(), Dialect::Sqlite)
    }

    /// How long an answer may take.
    pub const fn patience(&self) -> Duration {
        self.connection.config.response_timeout()
    }

    /// When connections were lost.
    pub const fn losses(&self) -> &Losses {
        &self.losses
    }

    /// A connection of the pool, for one piece of work.
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

    /// The error with what to do about it.
    pub fn explain(&self, error: sqlx::Error) -> DatabaseError {
        remedy::explain(&self.connection, error)
    }

    /// An answer that did not come in time.
    pub fn no_answer(&self) -> DatabaseError {
        DatabaseError::NoAnswer { connection: self.name().to_owned(), seconds: self.connection.config.response_timeout }
    }

    /// Others who wrote for too long, where only one can.
    pub fn no_turn(&self) -> DatabaseError {
        DatabaseError::NoTurn { connection: self.name().to_owned(), seconds: self.connection.config.response_timeout }
    }

    /// Carries out statements of ours, one after the other.
    pub async fn run(&self, text: String) -> Result<(), DatabaseError> {
        let run =
            each!(Kind, &self.kind, pool => sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(pool).await.map(drop));
        run.map_err(|error| self.explain(error))
    }

    /// Whether there is a table of this name, which is an identifier.
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

    /// Closes every connection when it is given back; answers when all are closed, or when one is kept for longer than an answer
    /// may take: who listens on a connection never gives it back.
    pub async fn close(&self) {
        each!(Kind, &self.kind, pool => drop(timeout(self.patience(), pool.close()).await));
    }
}
