//! A connection in use.

use std::time::Duration;

use futures_util::FutureExt;
use sqlx::{Connection as _, FromRow, Row as _, pool::PoolConnection};
use tokio::time::timeout;

use super::{
    row::Row,
    statement::{Sql, Value},
};

/// A connection of a pool, for one piece of work. It returns to the pool when it is dropped.
pub enum SqlConnection {
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

impl SqlConnection {
    /// Executes a statement, and returns the number of affected rows.
    ///
    /// # Errors
    /// Returns the error of the database, or of the connection to it.
    pub async fn execute(&mut self, sql: &Sql, values: &[Value]) -> sqlx::Result<u64> {
        each!(Self, self, connection => {
            Ok(query!(sql, values).execute(&mut **connection).await?.rows_affected())
        })
    }

    /// Returns the rows of a query.
    ///
    /// # Errors
    /// Returns the error of the database, or of the connection to it.
    pub async fn rows(&mut self, sql: &Sql, values: &[Value]) -> sqlx::Result<Vec<Row>> {
        each!(Self, self, connection => {
            let rows = query!(sql, values).fetch_all(&mut **connection).await?;
            rows.iter().map(|row| FromRow::from_row(row).map(Row::from_columns)).collect()
        })
    }

    /// Returns the single number of a query.
    ///
    /// # Errors
    /// Returns the error of the database, or of the connection to it.
    pub async fn number(&mut self, sql: &Sql, values: &[Value]) -> sqlx::Result<i64> {
        each!(Self, self, connection => query!(sql, values).fetch_one(&mut **connection).await?.try_get(0))
    }

    /// Executes two statements in one transaction, the second only if the first affected a row. Returns true if it did.
    ///
    /// # Errors
    /// Returns the error of the database, or of the connection to it.
    pub async fn both(
        &mut self,
        begin: &'static str,
        (first, of_first): (&Sql, &[Value]),
        (second, of_second): (&Sql, &[Value]),
    ) -> sqlx::Result<bool> {
        each!(Self, self, connection => {
            let mut transaction = connection.begin_with(begin).await?;
            let affected = query!(first, of_first).execute(&mut *transaction).await?.rows_affected();
            if affected == 0 {
                transaction.rollback().await?;
                return Ok(false);
            }
            query!(second, of_second).execute(&mut *transaction).await?;
            transaction.commit().await?;
            Ok(true)
        })
    }

    /// Returns it to the pool, which pings it. If it does not respond within this time, it is closed.
    pub async fn release(mut self, limit: Duration) {
        let returning = each!(Self, &mut self, connection => connection.return_to_pool().boxed());
        let _ = timeout(limit, returning).await;
    }

    /// Closes it instead of returning it to the pool, because a pending response on it would be taken for the response
    /// to another statement.
    pub fn discard(mut self) {
        each!(Self, &mut self, connection => connection.close_on_drop());
    }
}
