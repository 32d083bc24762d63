//! The `database` driver: a row a session, in SQLite, PostgreSQL, MySQL or MariaDB.

mod attempts;
mod calls;
mod error;
mod many;
mod one;
mod opening;
mod outcome;
mod row;
mod statements;
mod table;

use std::num::NonZeroU64;

use calls::Calls;
use statements::Statements;
pub use table::migration;

use crate::{
    contract::error::StoreResult,
    contract::{
        id::Digest,
        lock::Lock,
        locking::Locking,
        record::{Forward, Found, Record},
        store::{Collected, Creation, Listing, Page, Store, Update},
    },
};
use salon_core::support::Timestamp;

/// Keeps sessions in a table, on the connections that the app has to its database. Every decision is made in the statement
/// itself, so that any number of processes may share the table.
#[derive(Debug)]
pub(crate) struct DatabaseStore {
    calls: Calls,
    sql: Statements,
}

impl Store for DatabaseStore {
    async fn load(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        self.find(digest).await
    }

    async fn create(&self, digest: &Digest, record: Record) -> StoreResult<Creation> {
        self.insert(digest, &record).await
    }

    async fn update(&self, digest: &Digest, expected: u64, record: Record) -> StoreResult<Update> {
        self.replace(digest, expected, &record).await
    }

    async fn touch(&self, digest: &Digest, active_at: Timestamp, expires_at: Timestamp) -> StoreResult<bool> {
        self.note(digest, active_at, expires_at).await
    }

    async fn rotate(
        &self,
        old: &Digest,
        expected: u64,
        new: &Digest,
        record: Record,
        forward: Forward,
    ) -> StoreResult<Update> {
        self.renew((old, expected), (new, &record), &forward).await
    }

    async fn lock(&self, digest: &Digest, lock: Lock, now: Timestamp) -> StoreResult<Locking> {
        self.give(digest, lock, now).await
    }

    async fn unlock(&self, digest: &Digest, owner: NonZeroU64) -> StoreResult<Option<Forward>> {
        self.release(digest, owner).await
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        self.remove(digest).await
    }

    async fn collect(&self, now: Timestamp, batch: usize) -> StoreResult<Collected> {
        self.remove_expired(now, batch).await
    }

    async fn count(&self, now: Timestamp) -> StoreResult<u64> {
        self.count_live(now).await
    }

    async fn user_sessions(&self, user: &str) -> StoreResult<Vec<Listing>> {
        Ok(self.of_user(user).await?.iter().map(|(digest, record)| Listing::of(*digest, record)).collect())
    }

    async fn end_user_sessions(&self, user: &str, except: Option<&Digest>) -> StoreResult<u64> {
        self.remove_of_user(user, except).await
    }

    async fn scan(&self, from: Option<&str>, batch: usize) -> StoreResult<Page> {
        self.page(from, batch).await
    }

    /// The connections are the app's, too, which closes them when it ends.
    async fn close(&self) -> StoreResult<()> {
        Ok(())
    }
}
