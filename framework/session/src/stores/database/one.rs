//! Operations on one session.

use std::num::NonZeroU64;

use salon_core::support::Timestamp;
use salon_database::sql::{Row, Value};

use crate::{
    contract::error::{StoreError, StoreResult},
    contract::{
        id::Digest,
        lock::Lock,
        locking::Locking,
        record::{Forward, Found, Record},
        store::{Creation, Update},
    },
    stores::database::{
        DatabaseStore,
        attempts::Attempts,
        calls::Access,
        error::{Contended, InDoubt},
        row::{columns, columns_of_way, found, key, seconds, seconds_rounded_up, version},
        statements::MOVED,
    },
};

/// How often other requests may come first before a call gives up.
const MAX_RACES: usize = 100;

impl DatabaseStore {
    pub(super) fn attempts(&self) -> Attempts<'_> {
        Attempts::new(self.calls.pool())
    }

    async fn row(&self, digest: &Digest) -> StoreResult<Option<Row>> {
        let mut attempts = self.attempts();
        loop {
            match self.calls.rows(&self.sql.load, vec![key(digest)]).await {
                Ok(mut rows) => return Ok(rows.pop()),
                Err(failure) => attempts.again(failure).await?,
            }
        }
    }

    pub(super) async fn find(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        Ok(self.row(digest).await?.map(|row| found(digest, &row)))
    }

    pub(super) async fn insert(&self, digest: &Digest, record: &Record) -> StoreResult<Creation> {
        let save_id = self.calls.save_id();
        let values: Vec<_> = [key(digest)].into_iter().chain(columns(digest, record, save_id)).collect();
        let mut attempts = self.attempts();
        loop {
            match self.calls.execute(&self.sql.create, values.clone()).await {
                Ok(0) => break,
                Ok(_) => return Ok(Creation::Created),
                Err(failure) if failure.is_taken() => break,
                Err(failure) => attempts.again(failure).await?,
            }
        }
        // The row may be ours, from an attempt whose response was lost.
        let is_ours = attempts.in_doubt && self.row(digest).await?.is_some_and(|row| row.save_id == save_id);
        Ok(if is_ours { Creation::Created } else { Creation::Taken })
    }

    pub(super) async fn replace(&self, digest: &Digest, expected: u64, record: &Record) -> StoreResult<Update> {
        self.replace_as(Access::Write, digest, expected, record).await
    }

    async fn replace_as(
        &self,
        access: Access<'_>,
        digest: &Digest,
        expected: u64,
        record: &Record,
    ) -> StoreResult<Update> {
        let save_id = self.calls.save_id();
        let values: Vec<_> =
            columns(digest, record, save_id).into_iter().chain([key(digest), version(expected)]).collect();
        let mut attempts = self.attempts();
        for _ in 0..MAX_RACES {
            match self.calls.execute_as(access, &self.sql.update, values.clone()).await {
                Ok(0) => {}
                Ok(_) => return Ok(Update::Saved),
                Err(failure) => {
                    attempts.again(failure).await?;
                    continue;
                }
            }
            let row = self.row(digest).await?;
            match Update::refusal(row.as_ref().map(|row| found(digest, row)).as_ref(), expected) {
                None => {}
                Some(_) if attempts.in_doubt && row.is_some_and(|row| row.save_id == save_id) => {
                    return Ok(Update::Saved);
                }
                // A record of our version was written by another save, so ours was not. A later version may be built on
                // ours, and saving again could apply the change twice.
                Some(Update::Conflict(found)) if attempts.in_doubt && found.version != record.version => {
                    return Err(StoreError::outcome_unknown(InDoubt));
                }
                Some(Update::Moved(_)) if attempts.in_doubt => return Err(StoreError::outcome_unknown(InDoubt)),
                Some(refusal) => return Ok(refusal),
            }
        }
        Err(Contended.into())
    }

    pub(super) async fn note(&self, digest: &Digest, active_at: Timestamp, expires_at: Timestamp) -> StoreResult<bool> {
        let moments = [Value::Number(seconds(active_at)), Value::Number(seconds_rounded_up(expires_at))];
        let values: Vec<_> = moments.into_iter().chain([key(digest)]).collect();
        let mut attempts = self.attempts();
        loop {
            match self.calls.execute(&self.sql.touch, values.clone()).await {
                Ok(touched) => return Ok(touched > 0),
                Err(failure) => attempts.again(failure).await?,
            }
        }
    }

    pub(super) async fn renew(
        &self,
        (old, expected): (&Digest, u64),
        (new, record): (&Digest, &Record),
        forward: &Forward,
    ) -> StoreResult<Update> {
        let retire: Vec<_> = columns_of_way(old, forward).into_iter().chain([key(old), version(expected)]).collect();
        let create: Vec<_> = [key(new)].into_iter().chain(columns(new, record, self.calls.save_id())).collect();
        let mut attempts = self.attempts();
        for _ in 0..MAX_RACES {
            let renewed = match &self.sql.rotate {
                Some(rotate) => {
                    let values = retire.iter().chain(&create).cloned().collect();
                    self.calls.execute(rotate, values).await.map(|rows| rows > 0)
                }
                None => {
                    let (first, second) = ((&self.sql.retire, retire.clone()), (&self.sql.create, create.clone()));
                    self.calls.both(self.sql.begin, first, second).await
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
            match Update::refusal(self.find(old).await?.as_ref(), expected) {
                None => {}
                // An attempt whose response was lost has done it.
                Some(Update::Moved(forward)) if forward.successor == *new => return Ok(Update::Saved),
                Some(refusal) => return Ok(refusal),
            }
        }
        Err(Contended.into())
    }

    pub(super) async fn give(&self, digest: &Digest, lock: Lock, now: Timestamp) -> StoreResult<Locking> {
        let mut found = self.find(digest).await?;
        for _ in 0..MAX_RACES {
            let granted = match Locking::decide(found, lock, now) {
                Locking::Granted(granted) => granted,
                refusal => return Ok(refusal),
            };
            found = match self.replace_as(Access::Lock(digest), digest, granted.version - 1, &granted).await? {
                Update::Saved => return Ok(Locking::Granted(granted)),
                Update::Conflict(record) => Some(Found::Live(record)),
                Update::Moved(forward) => Some(Found::Moved(forward)),
                Update::Gone => self.find(digest).await?,
            };
        }
        Err(Contended.into())
    }

    pub(super) async fn release(&self, digest: &Digest, owner: NonZeroU64) -> StoreResult<Option<Forward>> {
        self.calls.locked(digest).await;
        let mut found = self.find(digest).await?;
        for _ in 0..MAX_RACES {
            let record = match found {
                Some(Found::Live(record)) => record,
                Some(Found::Moved(forward)) => return Ok(Some(forward)),
                Some(Found::Corrupt(_)) | None => return Ok(None),
            };
            let Some(unlocked) = record.unlocked(owner) else { return Ok(None) };
            found = match self.replace(digest, record.version, &unlocked).await? {
                Update::Saved | Update::Gone => return Ok(None),
                Update::Conflict(record) => Some(Found::Live(record)),
                Update::Moved(forward) => return Ok(Some(forward)),
            };
        }
        Err(Contended.into())
    }

    pub(super) async fn remove(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        let mut attempts = self.attempts();
        if let Some(end) = &self.sql.end {
            loop {
                match self.calls.execute_for_rows(end, vec![key(digest)]).await {
                    Ok(rows) => match rows.first() {
                        Some(row) => return Ok(Some(found(digest, row))),
                        None => break,
                    },
                    Err(failure) => attempts.again(failure).await?,
                }
            }
        }
        for _ in 0..MAX_RACES {
            let Some(row) = self.row(digest).await? else {
                // An attempt whose response was lost may have ended the session, so "there was none" could be wrong.
                return if attempts.in_doubt { Err(StoreError::outcome_unknown(InDoubt)) } else { Ok(None) };
            };
            let was = found(digest, &row);
            if row.version == MOVED && matches!(was, Found::Moved(_)) {
                return Ok(Some(was));
            }
            match self.calls.execute(&self.sql.remove, vec![key(digest), Value::Number(row.version)]).await {
                Ok(0) => {}
                Ok(_) => return Ok(Some(was)),
                Err(failure) => attempts.again(failure).await?,
            }
        }
        Err(Contended.into())
    }
}
