//! The statements of the store as calls that are retried.

use salon_core::support::Timestamp;
use salon_database::sql::{Row, Sql, Value};

use crate::{
    contract::{Digest, Found, Record, StoreError, StoreResult, Update, WriteIds, changes},
    stores::database::{
        attempts::Attempts,
        calls::{Access, Calls},
        error::{Contended, InDoubt},
        row::{columns, digest, found, is_of, key, seconds, user, version},
        statements::Statements,
    },
};

/// How often other requests may come first before a call gives up.
pub(super) const MAX_RACES: usize = 100;

/// The statements, the connections that run them, and the numbers of the writes.
#[derive(Debug)]
pub(super) struct Queries {
    pub(super) calls: Calls,
    pub(super) sql: Statements,
    pub(super) write_ids: WriteIds,
}

impl Queries {
    pub(super) fn attempts_to_read(&self) -> Attempts<'_> {
        Attempts::to_read(self.calls.pool())
    }

    pub(super) fn attempts_to_write(&self) -> Attempts<'_> {
        Attempts::to_write(self.calls.pool())
    }

    pub(super) async fn rows(&self, sql: &Sql, values: Vec<Value>) -> StoreResult<Vec<Row>> {
        self.attempts_to_read().make(|| self.calls.rows(Access::Read, sql, values.clone())).await
    }

    pub(super) async fn row(&self, digest: &Digest) -> StoreResult<Option<Row>> {
        Ok(self.rows(&self.sql.load, vec![key(digest)]).await?.pop())
    }

    pub(super) async fn find(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        Ok(self.row(digest).await?.map(|row| found(digest, &row)))
    }

    pub(super) async fn count_live(&self, now: Timestamp) -> StoreResult<i64> {
        let values = vec![Value::Number(seconds(now))];
        self.attempts_to_read().make(|| self.calls.number(&self.sql.count, values.clone())).await
    }

    /// Runs a statement that writes, and returns the number of affected rows. Rows that were affected by an attempt whose
    /// response was lost are not counted.
    pub(super) async fn execute(&self, sql: &Sql, values: Vec<Value>) -> StoreResult<u64> {
        self.attempts_to_write().make(|| self.calls.execute(Access::Write, sql, values.clone())).await
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

    /// Replaces a live record of the expected version.
    pub(super) async fn replace(
        &self,
        access: Access<'_>,
        digest: &Digest,
        expected: u64,
        record: &Record,
    ) -> StoreResult<Update> {
        let write_id = self.write_ids.next();
        let values: Vec<_> =
            columns(digest, record, write_id).into_iter().chain([key(digest), version(expected)]).collect();
        let mut attempts = self.attempts_to_write();
        for _ in 0..MAX_RACES {
            if attempts.make(|| self.calls.execute(access, &self.sql.update, values.clone())).await? > 0 {
                return Ok(Update::Saved);
            }
            let row = self.row(digest).await.map_err(|error| attempts.given_up(error.into_source()))?;
            match Update::refusal(row.as_ref().map(|row| found(digest, row)).as_ref(), expected) {
                None => {}
                Some(_) if attempts.in_doubt && row.is_some_and(|row| is_of(&row, write_id)) => {
                    return Ok(Update::Saved);
                }
                // A record with as many changes as ours was written by another save instead of ours. A later one may be
                // built on ours, and saving again could apply the change twice.
                Some(Update::Conflict(found))
                    if attempts.in_doubt && changes(found.version) > changes(record.version) =>
                {
                    return Err(StoreError::outcome_unknown(InDoubt));
                }
                Some(Update::Moved(_)) if attempts.in_doubt => return Err(StoreError::outcome_unknown(InDoubt)),
                Some(refusal) => return Ok(refusal),
            }
        }
        Err(Contended.into())
    }
}

/// What a row holds, and under which digest.
pub(super) fn entry(row: &Row) -> Option<(Digest, Found)> {
    let digest = digest(row)?;
    Some((digest, found(&digest, row)))
}
