//! The contract between sessions and the place that stores them, and how to write a driver of your own.
//!
//! Choose [`Driver`](driver::Driver), six methods over a digest and bytes, if one process uses the storage: Salon locks
//! each read-decide-write, so no write is lost within the process. Choose [`Store`](store::Store) if processes share
//! the storage, or if sessions must be counted, listed or migrated: it decides races itself, in a script or a
//! transaction. The example of `Driver` is a complete driver, and a good place to begin.
//!
//! # The words
//!
//! A [`Digest`](id::Digest) is the SHA-256 of a session's id; whoever copies the store learns no id from it. A
//! [`Record`](record::Record) is a live session, and its **version** grows with each save and each change of
//! the lock, and distinguishes two writers that made the same one ([`version`]). A
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

pub(crate) mod driver;
pub(crate) mod error;
pub(crate) mod id;
mod lock;
mod locking;
pub(crate) mod record;
pub(crate) mod store;
mod version;
pub(crate) mod write_id;

pub use driver::Driver;
pub use error::{BoxError, StoreError, StoreResult};
pub use id::{Digest, Id};
pub use lock::Lock;
pub use locking::{Locking, Unlocking};
pub use record::{Forward, Found, Record};
pub use store::{Collected, Creation, Listing, Page, Store, Update};
#[cfg(any(feature = "_sql", feature = "memcached", feature = "redis"))]
pub(crate) use version::changes;
pub(crate) use version::next_version;
pub(crate) use write_id::WriteIds;
