//! Operations on many sessions.

use salon_core::support::Timestamp;
use salon_database::sql::{Row, Sql, Value};

use crate::{
    contract::error::StoreResult,
    contract::{
        id::Digest,
        record::{Found, Record},
        store::{Collected, Page},
    },
    stores::database::{
        DatabaseStore,
        row::{digest, found, key, seconds, user},
    },
};

/// The most rows that one statement removes. SQLite blocks all other writers meanwhile.
const BATCH: usize = 250;
/// The most rows of a page, as a record may be a mebibyte.
const PAGE: usize = 100;

impl DatabaseStore {
    async fn rows(&self, sql: &Sql, values: Vec<Value>) -> StoreResult<Vec<Row>> {
        let mut attempts = self.attempts();
        loop {
            match self.calls.rows(sql, values.clone()).await {
                Ok(rows) => return Ok(rows),
                Err(failure) => attempts.again(failure).await?,
            }
        }
    }

    /// Removes rows and returns how many. Rows removed by an attempt whose response was lost are not counted.
    async fn delete(&self, sql: &Sql, values: Vec<Value>) -> StoreResult<u64> {
        let mut attempts = self.attempts();
        loop {
            match self.calls.execute(sql, values.clone()).await {
                Ok(removed) => return Ok(removed),
                Err(failure) => attempts.again(failure).await?,
            }
        }
    }

    pub(super) async fn remove_expired(&self, now: Timestamp, batch: usize) -> StoreResult<Collected> {
        let batch = batch.min(BATCH);
        let now = Value::Number(seconds(now));
        let most = Value::Number(i64::try_from(batch).unwrap_or(i64::MAX));
        let removed = self.delete(&self.sql.collect, vec![now.clone(), now, most]).await?;
        Ok(Collected { removed, more: removed >= batch as u64 })
    }

    pub(super) async fn count_live(&self, now: Timestamp) -> StoreResult<u64> {
        let mut attempts = self.attempts();
        loop {
            match self.calls.number(&self.sql.count, vec![Value::Number(seconds(now))]).await {
                Ok(count) => return Ok(u64::try_from(count).unwrap_or_default()),
                Err(failure) => attempts.again(failure).await?,
            }
        }
    }

    /// The sessions that this user is logged in with, according to their records.
    pub(super) async fn of_user(&self, name: &str) -> StoreResult<Vec<(Digest, Record)>> {
        let rows = self.rows(&self.sql.of_user, vec![Value::Text(Some(user(name)))]).await?;
        let theirs = |(digest, found)| match found {
            Found::Live(record) if record.user.as_deref() == Some(name) => Some((digest, record)),
            _ => None,
        };
        Ok(rows.iter().filter_map(entry).filter_map(theirs).collect())
    }

    /// Repeats until the user has none left, because a session that is renewed at that moment may be missed under both
    /// ids.
    pub(super) async fn remove_of_user(&self, name: &str, except: Option<&Digest>) -> StoreResult<u64> {
        let mut ended = 0;
        loop {
            let mut theirs = self.of_user(name).await?;
            theirs.retain(|(digest, _)| Some(digest) != except);
            if theirs.is_empty() {
                return Ok(ended);
            }
            for (digest, _) in &theirs {
                ended +=
                    self.delete(&self.sql.end_user_sessions, vec![key(digest), Value::Text(Some(user(name)))]).await?;
            }
        }
    }

    pub(super) async fn page(&self, from: Option<&str>, batch: usize) -> StoreResult<Page> {
        let from = match from {
            None => Value::Bytes(bytes::Bytes::new()),
            Some(from) => key(&Digest::from_hex(from).ok_or("the position of the page is not a digest")?),
        };
        let batch = batch.clamp(1, PAGE);
        let most = Value::Number(i64::try_from(batch).unwrap_or(i64::MAX));
        let rows = self.rows(&self.sql.scan, vec![from, most]).await?;
        let last = if rows.len() < batch { None } else { rows.last().and_then(digest) };
        Ok(Page { found: rows.iter().filter_map(entry).collect(), next: last.map(|last| last.to_hex()) })
    }
}

fn entry(row: &Row) -> Option<(Digest, Found)> {
    let digest = digest(row)?;
    Some((digest, found(&digest, row)))
}
