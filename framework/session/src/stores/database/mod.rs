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
//! | `save_id` | the [write id](crate::contract::write_id): a number that is unique to the save that wrote the row |
//! | `record` | the envelope ([`codec`](crate::codec)), which is bound to the digest and has a checksum |
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
//! connections are retried, with at most 8 attempts within the response timeout. If a retried save finds its own write id,
//! an earlier attempt succeeded. If later saves hide the result, or no response arrives, the call returns the error
//! `OutcomeUnknown` rather than guess. The SQLite writers of one process queue in order, and the transaction of a renewal
//! begins with `BEGIN IMMEDIATE`.
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
//! ("`InnoDB` Locking and Transaction Model", "Server Error Message Reference").

mod attempts;
mod calls;
mod error;
mod opening;
mod outcome;
mod queries;
mod row;
mod statements;
mod store;
mod table;

pub(crate) use store::DatabaseStore;
pub use table::migration;
