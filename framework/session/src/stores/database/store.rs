//! The implementation of the store.

use std::num::NonZeroU64;

use salon_core::support::Timestamp;
use salon_database::sql::Value;

use crate::{
    contract::{
        Collected, Creation, Digest, Forward, Found, Listing, Lock, Locking, Page, Record, Store, StoreError,
        StoreResult, Unlocking, Update,
    },
    stores::database::{
        calls::Access,
        error::{Contended, InDoubt},
        queries::{MAX_RACES, Queries, entry},
        row::{columns, digest, forward_columns, found, is_of, key, seconds, seconds_rounded_up, user, version},
        statements::MOVED,
    },
};

/// The most rows that one statement removes. SQLite blocks all other writers meanwhile.
const MAX_REMOVED: usize = 250;
/// The most rows of a page, as a record may be a mebibyte.
const MAX_PAGE: usize = 100;

/// Keeps sessions in a table, over the connections that the app has to its database. Every decision is made in the
/// statement itself, so any number of processes may share the table.
#[derive(Debug)]
pub(crate) struct DatabaseStore(pub(super) Queries);

/// Returns the version of what was found, if it is a live record.
const fn version_of(found: Option<&Found>) -> u64 {
    match found {
        Some(Found::Live(record)) => record.version,
        _ => 0,
    }
}

impl Store for DatabaseStore {
    async fn load(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        self.0.find(digest).await
    }

    async fn create(&self, digest: &Digest, record: Record) -> StoreResult<Creation> {
        let write_id = self.0.write_ids.next();
        let values: Vec<_> = [key(digest)].into_iter().chain(columns(digest, &record, write_id)).collect();
        let mut attempts = self.0.attempts_to_write();
        loop {
            match self.0.calls.execute(Access::Write, &self.0.sql.create, values.clone()).await {
                Ok(0) => break,
                Ok(_) => return Ok(Creation::Created),
                Err(failure) if failure.is_taken() => break,
                Err(failure) => attempts.again(failure).await?,
            }
        }
        if !attempts.in_doubt {
            return Ok(Creation::Taken);
        }
        // The row may be ours, from an attempt whose response was lost.
        let row = self.0.row(digest).await.map_err(|error| attempts.given_up(error.into_source()))?;
        Ok(if row.is_some_and(|row| is_of(&row, write_id)) { Creation::Created } else { Creation::Taken })
    }

    async fn update(&self, digest: &Digest, expected: u64, record: Record) -> StoreResult<Update> {
        self.0.replace(Access::Write, digest, expected, &record).await
    }

    async fn touch(&self, digest: &Digest, active_at: Timestamp, expires_at: Timestamp) -> StoreResult<bool> {
        let moments = [seconds(active_at), seconds_rounded_up(expires_at)].map(Value::Number);
        let values = moments.into_iter().chain([key(digest)]).collect();
        Ok(self.0.execute(&self.0.sql.touch, values).await? > 0)
    }

    async fn rotate(
        &self,
        old: &Digest,
        expected: u64,
        new: &Digest,
        record: Record,
        forward: Forward,
    ) -> StoreResult<Update> {
        let retire: Vec<_> = forward_columns(old, &forward).into_iter().chain([key(old), version(expected)]).collect();
        let create: Vec<_> = [key(new)].into_iter().chain(columns(new, &record, self.0.write_ids.next())).collect();
        let mut attempts = self.0.attempts_to_write();
        for _ in 0..MAX_RACES {
            let renewed = match &self.0.sql.rotate {
                Some(rotate) => {
                    let values = retire.iter().chain(&create).cloned().collect();
                    self.0.calls.execute(Access::Write, rotate, values).await.map(|rows| rows > 0)
                }
                None => {
                    let (first, second) = ((&self.0.sql.retire, retire.clone()), (&self.0.sql.create, create.clone()));
                    self.0.calls.both(self.0.sql.begin, first, second).await
                }
            };
            match renewed {
                Ok(true) => return Ok(Update::Saved),
                Ok(false) => {}
                Err(failure) => {
                    attempts.again(failure).await?;
                    continue;
                }
            }
            let found = self.0.find(old).await.map_err(|error| attempts.given_up(error.into_source()))?;
            match Update::refusal(found.as_ref(), expected) {
                None => {}
                // An attempt whose response was lost has done it. No other renewal has drawn the same id.
                Some(Update::Moved(forward)) if forward.successor == *new => return Ok(Update::Saved),
                Some(refusal) => return Ok(refusal),
            }
        }
        Err(Contended.into())
    }

    async fn lock(&self, digest: &Digest, lock: Lock, now: Timestamp) -> StoreResult<Locking> {
        let mut found = self.0.find(digest).await?;
        for _ in 0..MAX_RACES {
            let expected = version_of(found.as_ref());
            let granted = match Locking::decide(found, lock, now) {
                Locking::Granted(granted) => granted,
                refusal => return Ok(refusal),
            };
            found = match self.0.replace(Access::Lock(digest), digest, expected, &granted).await? {
                Update::Saved => return Ok(Locking::Granted(granted)),
                Update::Conflict(record) => Some(Found::Live(record)),
                Update::Moved(forward) => Some(Found::Moved(forward)),
                Update::Gone => self.0.find(digest).await?,
            };
        }
        Err(Contended.into())
    }

    async fn unlock(&self, digest: &Digest, owner: NonZeroU64) -> StoreResult<Option<Forward>> {
        self.0.calls.locked(digest).await;
        let mut found = self.0.find(digest).await?;
        for _ in 0..MAX_RACES {
            let expected = version_of(found.as_ref());
            let released = match Unlocking::decide(found, owner) {
                Unlocking::Released(released) => released,
                Unlocking::Unchanged(forward) => return Ok(forward),
            };
            found = match self.0.replace(Access::Write, digest, expected, &released).await? {
                Update::Saved | Update::Gone => return Ok(None),
                Update::Conflict(record) => Some(Found::Live(record)),
                Update::Moved(forward) => return Ok(Some(forward)),
            };
        }
        Err(Contended.into())
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        let mut attempts = self.0.attempts_to_write();
        if let Some(end) = &self.0.sql.end {
            let ended = attempts.make(|| self.0.calls.rows(Access::Write, end, vec![key(digest)])).await?;
            if let Some(row) = ended.first() {
                return Ok(Some(found(digest, row)));
            }
        }
        for _ in 0..MAX_RACES {
            let row = self.0.row(digest).await.map_err(|error| attempts.given_up(error.into_source()))?;
            let Some(row) = row else {
                // An attempt whose response was lost may have ended the session, so "there was none" could be wrong.
                return if attempts.in_doubt { Err(StoreError::outcome_unknown(InDoubt)) } else { Ok(None) };
            };
            let was = found(digest, &row);
            if row.version == MOVED && matches!(was, Found::Moved(_)) {
                return Ok(Some(was));
            }
            match self
                .0
                .calls
                .execute(Access::Write, &self.0.sql.remove, vec![key(digest), Value::Number(row.version)])
                .await
            {
                Ok(0) => {}
                Ok(_) => return Ok(Some(was)),
                Err(failure) => attempts.again(failure).await?,
            }
        }
        Err(Contended.into())
    }

    async fn collect(&self, now: Timestamp, batch: usize) -> StoreResult<Collected> {
        let batch = batch.min(MAX_REMOVED);
        let now = Value::Number(seconds(now));
        let removed = self.0.execute(&self.0.sql.collect, vec![now.clone(), now, limit(batch)]).await?;
        Ok(Collected { removed, more: removed >= batch as u64 })
    }

    async fn count(&self, now: Timestamp) -> StoreResult<u64> {
        Ok(u64::try_from(self.0.count_live(now).await?).unwrap_or_default())
    }

    async fn user_sessions(&self, user: &str) -> StoreResult<Vec<Listing>> {
        Ok(self.0.of_user(user).await?.iter().map(|(digest, record)| Listing::of(*digest, record)).collect())
    }

    /// Repeats until the user has none left, because a session that is renewed at that moment may be missed under both
    /// ids.
    async fn end_user_sessions(&self, name: &str, except: Option<&Digest>) -> StoreResult<u64> {
        let mut ended = 0;
        loop {
            let mut theirs = self.0.of_user(name).await?;
            theirs.retain(|(digest, _)| Some(digest) != except);
            if theirs.is_empty() {
                return Ok(ended);
            }
            for (digest, _) in &theirs {
                let values = vec![key(digest), Value::Text(Some(user(name)))];
                ended += self.0.execute(&self.0.sql.end_user_sessions, values).await?;
            }
        }
    }

    async fn scan(&self, from: Option<&str>, batch: usize) -> StoreResult<Page> {
        let from = match from {
            None => Value::Bytes(bytes::Bytes::new()),
            Some(from) => key(&Digest::from_hex(from).ok_or("the position of the page is not a digest")?),
        };
        let batch = batch.clamp(1, MAX_PAGE);
        let rows = self.0.rows(&self.0.sql.scan, vec![from, limit(batch)]).await?;
        let last = if rows.len() < batch { None } else { rows.last().and_then(digest) };
        Ok(Page { found: rows.iter().filter_map(entry).collect(), next: last.map(|last| last.to_hex()) })
    }

    /// The app uses these connections too, and closes them when it ends.
    async fn close(&self) -> StoreResult<()> {
        Ok(())
    }
}

fn limit(rows: usize) -> Value {
    Value::Number(i64::try_from(rows).unwrap_or(i64::MAX))
}
