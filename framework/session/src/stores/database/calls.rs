//! Calls to the database. Each uses one connection, has a timeout, and is completed even if the caller is dropped.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use salon_database::{
    DatabaseError, Dialect, Pool,
    sql::{Row, Sql, SqlConnection, Value},
};
use tokio::{
    sync::{Mutex, oneshot},
    time::timeout,
};

use crate::{contract::Digest, stores::database::outcome::Outcome};

/// Why a call has no result.
#[derive(Debug)]
pub(super) enum Failure {
    /// The error that the database, or the connection to it, returned for the statement.
    Statement(sqlx::Error),
    /// Why no connection could be acquired. No statement was sent.
    Connecting(sqlx::Error),
    /// Other calls were in the way for too long. No statement was sent.
    Busy(DatabaseError),
    /// There was no response in time.
    Silence(DatabaseError),
}

impl Failure {
    /// True if a row with that key exists already.
    pub(super) fn is_taken(&self) -> bool {
        matches!(self, Self::Statement(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}

/// What a call does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Access<'a> {
    Read,
    Write,
    /// Grants this session's lock to a request. A release of the same lock waits until this is done.
    Lock(&'a Digest),
}

/// How many sessions can be locked at the same moment.
const LOCKS: usize = 64;

/// The pool, and the order of writers where only one can write at a time.
#[derive(Debug)]
pub(super) struct Calls {
    pool: Pool,
    /// Held while a session's lock is granted. The request may be dropped by then, and may release the lock before it
    /// was granted.
    locks: [Arc<Mutex<()>>; LOCKS],
    /// SQLite allows one writer at a time. Writers that wait inside SQLite poll in no order, so they queue here
    /// instead.
    turn: Option<Arc<Mutex<()>>>,
    /// The statement that makes SQLite flush to disk, if that is configured. The setting lasts for the connection.
    flush: Option<Sql>,
}

impl Calls {
    pub(super) fn new(pool: Pool, is_durable: bool) -> Self {
        let turn = pool.has_one_writer().then(Arc::default);
        let flush = (is_durable && pool.dialect() == Dialect::Sqlite).then(|| Sql::new("PRAGMA synchronous = FULL"));
        Self { pool, locks: std::array::from_fn(|_| Arc::default()), turn, flush }
    }

    pub(super) const fn pool(&self) -> &Pool {
        &self.pool
    }

    fn lock(&self, digest: &Digest) -> Arc<Mutex<()>> {
        Arc::clone(&self.locks[usize::from(digest.as_bytes()[0]) % LOCKS])
    }

    /// Waits until no call is granting this session's lock.
    pub(super) async fn locked(&self, digest: &Digest) {
        drop(self.lock(digest).lock_owned().await);
    }

    /// Runs a statement that writes, and returns the number of affected rows.
    pub(super) async fn execute(&self, access: Access<'_>, sql: &Sql, values: Vec<Value>) -> Result<u64, Failure> {
        let sql = sql.clone();
        self.run(access, move |held| Box::pin(async move { held.execute(&sql, &values).await })).await
    }

    /// Runs a statement and returns its rows.
    pub(super) async fn rows(&self, access: Access<'_>, sql: &Sql, values: Vec<Value>) -> Result<Vec<Row>, Failure> {
        let sql = sql.clone();
        self.run(access, move |held| Box::pin(async move { held.rows(&sql, &values).await })).await
    }

    /// Runs a query and returns the number that it selects.
    pub(super) async fn number(&self, sql: &Sql, values: Vec<Value>) -> Result<i64, Failure> {
        let sql = sql.clone();
        self.run(Access::Read, move |held| Box::pin(async move { held.number(&sql, &values).await })).await
    }

    /// Runs both statements in one transaction, the second one only if the first affected a row. Returns whether it
    /// did.
    pub(super) async fn both(
        &self,
        begin: &'static str,
        (first, of_first): (&Sql, Vec<Value>),
        (second, of_second): (&Sql, Vec<Value>),
    ) -> Result<bool, Failure> {
        let (first, second) = (first.clone(), second.clone());
        self.run(Access::Write, move |held| {
            Box::pin(async move { held.both(begin, (&first, &of_first), (&second, &of_second)).await })
        })
        .await
    }

    /// Waits for a connection, and does the work in a separate task, so that a caller that is dropped does not cut it
    /// off.
    async fn run<T: Send + 'static>(
        &self,
        access: Access<'_>,
        work: impl for<'a> FnOnce(&'a mut SqlConnection) -> BoxFuture<'a, sqlx::Result<T>> + Send + 'static,
    ) -> Result<T, Failure> {
        let to_answer = self.pool.response_timeout();
        let writes = !matches!(access, Access::Read);
        let turn = match &self.turn {
            Some(turn) if writes => {
                let waiting = timeout(to_answer, Arc::clone(turn).lock_owned()).await;
                Some(waiting.map_err(|_| Failure::Busy(self.pool.lock_timeout_error()))?)
            }
            _ => None,
        };
        let mut held = self.pool.acquire().await.map_err(Failure::Connecting)?;
        // Taken once we have a connection, so that whoever holds the lock is about to finish.
        let lock = match access {
            Access::Lock(digest) => {
                let waiting = timeout(to_answer, self.lock(digest).lock_owned()).await;
                Some(waiting.map_err(|_| Failure::Busy(self.pool.response_timeout_error()))?)
            }
            Access::Read | Access::Write => None,
        };
        let (answer, answered) = oneshot::channel();
        let losses = self.pool.losses().clone();
        let silence = self.pool.response_timeout_error();
        let flush = self.flush.clone().filter(|_| writes);
        tokio::spawn(async move {
            let working = async {
                if let Some(flush) = flush {
                    held.execute(&flush, &[]).await?;
                }
                work(&mut held).await
            };
            let result = timeout(to_answer, working).await;
            drop((turn, lock));
            match result {
                Ok(result) => {
                    let is_lost = result.as_ref().is_err_and(|error| Outcome::of(error) == Outcome::Unknown);
                    let _ = answer.send(result.map_err(Failure::Statement));
                    if is_lost {
                        losses.record();
                        held.discard();
                    } else {
                        held.release(to_answer).await;
                    }
                }
                Err(_) => {
                    held.discard();
                    let _ = answer.send(Err(Failure::Silence(silence)));
                }
            }
        });
        answered.await.unwrap_or_else(|_| Err(Failure::Statement(sqlx::Error::PoolClosed)))
    }
}
