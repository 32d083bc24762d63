//! A connection while somebody has it.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::FutureExt;
use sqlx::{AssertSqlSafe, Connection as _, Row as _, pool::PoolConnection};
use tokio::time::timeout;

/// The text of a statement, built once. What varies from call to call is never in it, but bound to it.
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

/// What is bound to a statement.
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

/// A row of the table of sessions. Each query for rows asks for exactly these columns, in this order.
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

/// A connection of a pool. It goes back to the pool when it is dropped.
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

/// A statement with what is bound to it.
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
    /// Carries a statement out; how many rows it concerned.
    pub async fn execute(&mut self, sql: &Sql, values: &[Value]) -> sqlx::Result<u64> {
        each!(Self, self, connection => {
            Ok(query!(sql, values).execute(&mut **connection).await?.rows_affected())
        })
    }

    /// The rows that a statement answers.
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

    /// The one number that a statement answers.
    pub async fn number(&mut self, sql: &Sql, values: &[Value]) -> sqlx::Result<i64> {
        each!(Self, self, connection => query!(sql, values).fetch_one(&mut **connection).await?.try_get(0))
    }

    /// Carries out two statements in one transaction, the second one if the first concerned a row; whether it did.
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

    /// Gives it back to the pool, which looks whether it still answers; if it does not within this time, it is closed.
    pub async fn give_back(mut self, patience: Duration) {
        let giving = each!(Self, &mut self, connection => connection.return_to_pool().boxed());
        let _ = timeout(patience, giving).await;
    }

    /// Has it closed, and not used by anybody again: an answer that is under way on it would be taken for another one's.
    pub fn abandon(mut self) {
        each!(Self, &mut self, connection => connection.close_on_drop());
    }
}
