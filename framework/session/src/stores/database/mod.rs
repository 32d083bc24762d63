//! The `database` driver: one row per session, in a table of SQLite, PostgreSQL, MySQL or MariaDB.
//!
//! # What a record looks like
//!
//! `session:table` writes the migration. The table has these columns, and indexes on `user_id` and `expires_at`:
//!
//! | column | content |
//! |---|---|
//! | `digest` | the primary key: the 32 bytes of the SHA-256 of the session's id |
//! | `version` | the record's version; -1 marks a forward to the successor of a renewed session |
//! | `user_id` | the first 191 characters of the user, or NULL for a guest |
//! | `created_at`, `active_at`, `expires_at` | whole seconds since 1970-01-01 UTC |
//! | `save_id` | a number that is unique to the save that wrote the row |
//! | `record` | the envelope ([`codec`](crate::session::codec)), which is bound to the digest and has a checksum |
//!
//! The envelope holds the truth. The other columns are what statements search by; a touch changes only `active_at` and
//! `expires_at`, and the later of the two moments counts.
//!
//! # Writes and races
//!
//! Every save is one statement, so it happens completely or not at all. `create` is an `INSERT`, which the primary key
//! refuses if the digest exists. `update` is an `UPDATE … WHERE digest = ? AND version = ?`: if it affects no row, the
//! row is read to tell a conflict, a forward or a missing record apart. A renewal replaces the old row with the forward
//! and inserts the successor, in one statement on PostgreSQL and in one transaction elsewhere.
//!
//! Each call runs in its own task and completes even if the caller is dropped. Deadlocks, lock timeouts and lost
//! connections are retried, with at most 8 attempts within the response timeout. If a retried save finds its own
//! `save_id`, an earlier attempt succeeded. If later saves hide the result, the call returns an error rather than
//! guess. The SQLite writers of one process queue in order, and the transaction of a renewal begins with `BEGIN
//! IMMEDIATE`.
//!
//! # How a session ends
//!
//! `destroy` deletes the row unless it is a forward. No statement but `INSERT` creates a row, and all others require
//! the row with its version, or one with `version >= 0`: a late save, touch or lock matches nothing. Ending a user's
//! sessions repeats until a search finds none, so a session that is renewed meanwhile ends too.
//!
//! # Limits
//!
//! * The table must exist: `open` checks it and returns an error that names the command to run.
//! * On MySQL and MariaDB `open` refuses a `max_bytes` that does not fit into `max_allowed_packet` or a `MEDIUMBLOB`.
//! * If the database is unreachable or does not respond in time, calls return an error, never "not found".
//! * SQLite flushes to disk on every save only with `durable`. The other databases follow their own settings.
//!
//! # Sources
//!
//! The documentation of SQLite ("Transaction", "UPSERT", "RETURNING", and `PRAGMA synchronous`), of PostgreSQL
//! ("INSERT", "WITH Queries", "Explicit Locking" for `FOR UPDATE SKIP LOCKED`, "PostgreSQL Error Codes") and of MySQL
//! ("InnoDB Locking and Transaction Model", "Server Error Message Reference").

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

/// Keeps sessions in a table, over the connections that the app has to its database. Every decision is made in the
/// statement itself, so any number of processes may share the table.
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

    /// The app uses these connections too, and closes them when it ends.
    async fn close(&self) -> StoreResult<()> {
        Ok(())
    }
}
