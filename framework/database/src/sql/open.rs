//! Opens a pool.

use std::path::Path;

use sqlx::{Connection as _, Database, pool::PoolOptions};
use tokio::time::timeout;

use super::{
    losses::Losses,
    pool::{Kind, Pool},
    remedy::{explain, pool_timeout},
};
use crate::{config::ConnectionConfig, connection::Connection, error::DatabaseError, scheme::Scheme};

type Options<DB> = <<DB as Database>::Connection as sqlx::Connection>::Options;

impl Pool {
    /// Opens the pool of a connection, and checks once that the database responds: a pool itself would only report a
    /// timeout.
    pub(crate) async fn open(connection: Connection, root: &Path) -> Result<Self, DatabaseError> {
        let losses = Losses::default();
        let kind = match connection.scheme {
            #[cfg(feature = "sqlite")]
            Scheme::Sqlite => {
                Kind::Sqlite(open(&connection, &losses, super::sqlite::options(&connection, root)?).await?)
            }
            #[cfg(feature = "postgres")]
            Scheme::Postgres => {
                Kind::Postgres(open(&connection, &losses, super::options::postgres(&connection, root)?).await?)
            }
            #[cfg(feature = "mysql")]
            Scheme::MySql => Kind::MySql(open(&connection, &losses, super::options::mysql(&connection, root)?).await?),
            _ => {
                return Err(DatabaseError::WrongKind {
                    connection: connection.name,
                    expected: "an SQL database (SQLite, PostgreSQL, MySQL or MariaDB)",
                });
            }
        };
        Ok(Self { kind, connection, losses })
    }

    /// Wraps a pool that the app has opened itself, under this name.
    fn adopt(name: &str, scheme: Scheme, max_connections: u32, kind: Kind) -> Self {
        // SQLite waits for other writers for five seconds by default. It must give up before the caller does, so that the
        // outcome of the statement is known.
        let config =
            ConnectionConfig { max_connections, response_timeout: 8, ..ConnectionConfig::to(&format!("{name}:")) };
        Self { kind, connection: Connection { name: name.to_owned(), scheme, config }, losses: Losses::default() }
    }
}

/// A pool that the app has opened itself, with its own options. A statement may take eight seconds.
#[cfg(feature = "sqlite")]
impl From<sqlx::SqlitePool> for Pool {
    fn from(pool: sqlx::SqlitePool) -> Self {
        Self::adopt("sqlite", Scheme::Sqlite, pool.options().get_max_connections(), Kind::Sqlite(pool))
    }
}

/// A pool that the app has opened itself, with its own options. A statement may take eight seconds.
#[cfg(feature = "postgres")]
impl From<sqlx::PgPool> for Pool {
    fn from(pool: sqlx::PgPool) -> Self {
        Self::adopt("postgres", Scheme::Postgres, pool.options().get_max_connections(), Kind::Postgres(pool))
    }
}

/// A pool that the app has opened itself, with its own options. A statement may take eight seconds.
#[cfg(feature = "mysql")]
impl From<sqlx::MySqlPool> for Pool {
    fn from(pool: sqlx::MySqlPool) -> Self {
        Self::adopt("mysql", Scheme::MySql, pool.options().get_max_connections(), Kind::MySql(pool))
    }
}

async fn open<DB: Database>(
    connection: &Connection,
    losses: &Losses,
    options: Options<DB>,
) -> Result<sqlx::Pool<DB>, DatabaseError> {
    let limit = connection.config.connect_timeout();
    let probe = timeout(limit, <DB::Connection as sqlx::Connection>::connect_with(&options)).await;
    let probe = probe.map_err(|_| pool_timeout(connection))?.map_err(|error| explain(connection, error))?;
    let _ = timeout(limit, probe.close()).await;
    let losses = losses.clone();
    let pool = PoolOptions::new()
        .max_connections(connection.config.max_connections)
        .acquire_timeout(limit)
        // Do not ping before each use, which would cost an extra round trip: only if there is a reason.
        .test_before_acquire(false)
        .before_acquire(move |connection: &mut DB::Connection, metadata| {
            let is_pinged = losses.require_ping(metadata.idle_for);
            Box::pin(async move {
                if is_pinged {
                    connection.ping().await?;
                }
                Ok(true)
            })
        });
    Ok(pool.connect_lazy_with(options))
}
