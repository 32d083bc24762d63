//! A connection in use.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::FutureExt;
use sqlx::{AssertSqlSafe, Connection as _, Row as _, pool::PoolConnection};
use tokio::time::timeout;

/// The text of a statement, built once. Values that vary from call to call are never part of it; they are bound to it.
#[derive(Clone, Debug)]
pub struct Sql(Arc<str>);

impl Sql {
    /// A statement with this text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    fn text(&self) -> AssertSqlSafe<Arc<str>> {
        AssertSqlSafe(Arc::clone(&self.0))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A value bound to a statement.
#[derive(Clone, Debug)]
pub enum Value {
    /// An integer.
    Number(i64),
    /// 32 bytes.
    Digest([u8; 32]),
    /// Bytes of any length.
    Bytes(Bytes),
    /// Text, or NULL.
    Text(Option<Arc<str>>),
}

/// A row of the session table. Each query for rows selects exactly these columns, in this order.
#[derive(Debug)]
pub struct Row {
    /// The digest of the session's id.
    pub digest: Vec<u8>,
    /// The version of the record.
    pub version: i64,
    /// The last request, in milliseconds.
    pub active_at: i64,
    /// When the row may be removed, in milliseconds.
    pub expires_at: i64,
    /// The number of the save that wrote it.
    pub save_id: i64,
    /// The encoded record.
    pub record: Bytes,
}

/// A connection of a pool. It returns to the pool when it is dropped.
pub enum Held {
    #[cfg(feature = "sqlite")]
    /// A connection to SQLite.
    Sqlite(PoolConnection<sqlx::Sqlite>),
    #[cfg(feature = "postgres")]
    /// A connection to PostgreSQL.
    Postgres(PoolConnection<sqlx::Postgres>),
    #[cfg(feature = "mysql")]
    /// A connection to MySQL or MariaDB.
    MySql(PoolConnection<sqlx::MySql>),
}

/// A statement with its bound values.
macro_rules! query {
    ($sql:expr, $values:expr) => {{
        let mut query = sqlx::query($sql.text());
        for value in $values {
            query = match value {
                Value::Number(number) => query.bind(*number),
                Value::Digest(digest) => query.bind(&digest[..]),
                Value::Bytes(bytes) => query.bind(&bytes[..]),
                Value::Text(text) => query.bind(text.as_deref()),
            };
        }
        query
    }};
}

impl Held {
    /// Executes a statement, and returns the number of affected rows.
    pub async fn execute(&mut self, sql: &Sql, values: &[Value]) -> sqlx::Result<u64> {
        each!(Self, self, connection => {
            Ok(query!(sql, values).execute(&mut **connection).await?.rows_affected())
        })
    }

    /// Returns the rows of a query.
    pub async fn rows(&mut self, sql: &Sql, values: &[Value]) -> sqlx::Result<Vec<Row>> {
        each!(Self, self, connection => {
            let rows = query!(sql, values).fetch_all(&mut **connection).await?;
            rows.iter()
                .map(|row| {
                    let record: Vec<u8> = row.try_get(5)?;
                    Ok(Row {
                        digest: row.try_get(0)?,
                        version: row.try_get(1)?,
                        active_at: row.try_get(2)?,
                        expires_at: row.try_get(3)?,
                        save_id: row.try_get(4)?,
                        record: record.into(),
                    })
                })
                .collect()
        })
    }

    /// Returns the single number of a query.
    pub async fn number(&mut self, sql: &Sql, values: &[Value]) -> sqlx::Result<i64> {
        each!(Self, self, connection => query!(sql, values).fetch_one(&mut **connection).await?.try_get(0))
    }

    /// Executes two statements in one transaction, the second only if the first affected a row. Returns true if it did.
    pub async fn both(
        &mut self,
        begin: &'static str,
        (first, of_first): (&Sql, &[Value]),
        (second, of_second): (&Sql, &[Value]),
    ) -> sqlx::Result<bool> {
        each!(Self, self, connection => {
            let mut transaction = connection.begin_with(begin).await?;
            let concerned = query!(first, of_first).execute(&mut *transaction).await?.rows_affected();
            if concerned == 0 {
                transaction.rollback().await?;
                return Ok(false);
            }
            query!(second, of_second).execute(&mut *transaction).await?;
            transaction.commit().await?;
            Ok(true)
        })
    }

    /// Returns it to the pool, which pings it. If it does not respond within this time, it is closed.
    pub async fn give_back(mut self, patience: Duration) {
        let giving = each!(Self, &mut self, connection => connection.return_to_pool().boxed());
        let _ = timeout(patience, giving).await;
    }

    /// Has it closed and never reused, because a pending response on it would be taken for the response to another
    /// request.
    pub fn abandon(mut self) {
        each!(Self, &mut self, connection => connection.close_on_drop());
    }
}
