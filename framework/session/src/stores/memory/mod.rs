//! The `memory` driver (alias `array`): sessions in the memory of one process, for tests and for apps that run alone.
//!
//! # What a record looks like
//!
//! A record is a [`Record`](crate::Record) in a hash map, under the SHA-256 of the session's id. Nothing is encoded. There are 64 maps
//! (shards); the first byte of the digest picks one. The forward to the successor of a renewed session is an entry of
//! its own.
//!
//! # Writes and races
//!
//! Each shard has a mutex, which is held for one lookup or change and never over an `await`. Comparing the version and
//! writing happen under it, so to other requests each call is a single step. An update over another version than the
//! expected one writes nothing.
//!
//! A renewal holds the shards of both digests. It always locks them in the order of the shards, so two renewals cannot
//! deadlock. Operations that go through all sessions lock one shard after the other, except for ending the sessions of
//! a user, which locks all of them: otherwise a session that is renewed meanwhile could move to a shard that was
//! searched already.
//!
//! # How a session ends
//!
//! `destroy` removes the entry, unless it is a forward. Updates, touches, locks and rotations need a live record under
//! the lock, so a late request finds nothing and creates nothing.
//!
//! # Limits
//!
//! * Nothing survives the process, and processes share nothing.
//! * The store holds a million sessions or a gibibyte, in equal parts per shard. When a shard is full, it evicts
//!   expired guest sessions first, then the guests that have been idle for longest, and finally expired sessions of
//!   users. Live sessions of users are never evicted: if only they are left, `create` and `update` return an error, and
//!   nothing has changed. If live guest sessions were evicted, a warning (`session.evicted`) is logged.
//! * The collector removes expired records one shard at a time.
//!
//! # Sources
//!
//! There is no server. The guarantees follow from the standard library's documentation of `std::sync::Mutex`.

mod digest_hasher;
mod shard;
mod shards;
mod store;

pub use store::MemoryStore;
