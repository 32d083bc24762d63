//! The contract between sessions and the place that stores them, and how to write a driver of your own.
//!
//! Choose [`Driver`](driver::Driver), six methods over a digest and bytes, if one process uses the storage: Salon locks
//! each read-decide-write, so no write is lost within the process. Choose [`Store`](store::Store) if processes share
//! the storage, or if sessions must be counted, listed or migrated: it decides races itself, in a script or a
//! transaction.
//!
//! ```
//! # use std::{collections::HashMap, sync::{Mutex, MutexGuard, PoisonError}, time::{Duration, Instant}};
//! # use salon_session::{Digest, Driver, StoreResult};
//! /// The bytes of each session, and when they were written.
//! #[derive(Default)]
//! struct MapDriver(Mutex<HashMap<Digest, (Vec<u8>, Instant)>>);
//!
//! impl MapDriver {
//!     /// Held for one lookup and never across an `.await`, so it does not block the async thread.
//!     fn map(&self) -> MutexGuard<'_, HashMap<Digest, (Vec<u8>, Instant)>> {
//!         self.0.lock().unwrap_or_else(PoisonError::into_inner)
//!     }
//! }
//!
//! impl Driver for MapDriver {
//!     async fn open(&self) -> StoreResult<()> { Ok(()) }
//!     async fn close(&self) -> StoreResult<()> { Ok(()) }
//!     async fn read(&self, digest: &Digest) -> StoreResult<Option<Vec<u8>>> {
//!         Ok(self.map().get(digest).map(|(bytes, _)| bytes.clone()))
//!     }
//!     async fn write(&self, digest: &Digest, bytes: &[u8], _lifetime: Duration) -> StoreResult<()> {
//!         self.map().insert(*digest, (bytes.to_vec(), Instant::now()));
//!         Ok(())
//!     }
//!     async fn destroy(&self, digest: &Digest) -> StoreResult<()> {
//!         self.map().remove(digest);
//!         Ok(())
//!     }
//!     async fn gc(&self, older_than: Duration) -> StoreResult<u64> {
//!         let mut map = self.map();
//!         let before = map.len();
//!         map.retain(|_, (_, written_at)| written_at.elapsed() <= older_than);
//!         Ok((before - map.len()) as u64)
//!     }
//! }
//! # salon_session::doc_support::manager().extend("map", |_| async { Ok(MapDriver::default()) });
//! ```
//!
//! A [`Digest`](id::Digest) is the SHA-256 of a session's id; whoever copies the store learns no id from it. A
//! [`Record`](record::Record) is a live session, and its **version** counts saves and changes of the lock, from 1. A
//! [`Forward`](record::Forward) stays under the digest of a renewed id and names the successor. A [`Lock`](lock::Lock)
//! gives a session to one request until its lease ends; [`Locking::decide`](locking::Locking::decide) is the rule. A
//! [`StoreError`](error::StoreError) says whether trying again helps (`Unavailable`, which `?` makes of any error),
//! never helps (`Unsupported`, `TooLarge`), or needs a look at what was stored (`OutcomeUnknown`).
//!
//! # The rules of `Store`, and why
//!
//! 1. **Creation only inserts.** What is stored under a digest belongs to a visitor, and would be given to another one.
//! 2. **Everything else needs a live record,** checked in the same step as the write. Otherwise a request that is
//!    slower than a logout brings the session back.
//! 3. **Versions decide races.** An update over another version writes nothing and returns what is there, so that the
//!    core merges both requests and loses no write.
//! 4. **A call leaves the old record or the new one.** When a client disconnects, its future is dropped halfway.
//! 5. **An error is not "not found".** "Not found" gives the visitor an empty session; an error gives a 503 and loses
//!    nothing.
//! 6. **The core decides what has expired,** after every load, by its own clock and today's configuration. A store may
//!    return expired records, or have removed them.
//!
//! # Proving a driver, and what it must not do
//!
//! `salon_session::testing::session_driver_suite!(map, || async { MapDriver::default() });` in a file of `tests/`
//! (feature `testing`) makes some sixty tests of these rules, for a `Driver` or a `Store`. A driver must not
//!
//! * return `Ok(None)` because the store is down, or `Ok(())` before every later read sees the write;
//! * block the async thread for longer than a local disk takes: use an async client, or `spawn_blocking`;
//! * change the bytes, or shorten the lifetime: the session would be unreadable, or end early;
//! * send a write again without checking whether the first one succeeded: this can undo a newer one;
//! * name a password or the contents of a session in an error: errors are logged.

pub(crate) mod driver;
pub(crate) mod error;
pub(crate) mod id;
mod lock;
mod locking;
pub(crate) mod record;
pub(crate) mod store;

pub use driver::Driver;
pub use error::{BoxError, StoreError, StoreResult};
pub use id::{Digest, Id};
pub use lock::Lock;
pub use locking::{Locking, Unlocking};
pub use record::{Forward, Found, Record};
pub use store::{Collected, Creation, Listing, Page, Store, Update};
