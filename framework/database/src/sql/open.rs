//! Opens a pool.

use std::path::Path;

use sqlx::{Connection as _, Database, pool::PoolOptions};
use tokio::time::timeout;

use super::{
    losses::Losses,
    pool::{Kind, Pool},
    remedy::{explain, pool_timeout},
};
use crate::{connection::Connection, error::DatabaseError, scheme::Scheme};

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
