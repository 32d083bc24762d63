//! The `memcached` driver: one item per session, in the memory of one or more memcached servers.
//!
//! # What a record looks like
//!
//! The item's key is the prefix and the SHA-256 of the session's id in hexadecimal. With several servers, rendezvous
//! hashing over the first 8 bytes of that digest picks the one that has the item. The value is one of:
//!
//! | value | meaning |
//! |---|---|
//! | an envelope ([`codec`](crate::session::codec)) of a live record | a session |
//! | an envelope of a forward | a session whose id was renewed |
//! | `gone` | a tombstone: the session was destroyed |
//!
//! The client flags carry a stamp of 32 bits, which identifies the write. An item lives as long as its session plus a
//! minute. Whether a session has expired is decided by the core, not by the server.
//!
//! # Writes and races
//!
//! Every change is decided by memcached: a new record by `ms` in the mode *add*, anything else by a compare-and-swap
//! over exactly what was read. If another request was faster, the server refuses the write, and the driver reads and
//! decides again, up to 200 times. The record's version decides whether an update may still be made. This process
//! remembers the CAS number of the sessions that it saw last, so that most saves need a single round trip.
//!
//! A renewal adds the successor first and then replaces the old record with the forward. A process that dies in between
//! leaves a successor that nobody knows of, which memcached drops when it expires.
//!
//! If a connection is lost, the request is sent once more. If the item then has our stamp, the first request succeeded.
//! If later saves hide the result, the call returns an error.
//!
//! # How a session ends
//!
//! `destroy` replaces the record with the tombstone, for 10 minutes. For that time *add* finds the key taken, and
//! updates, touches, locks and rotations find no live record.
//!
//! # Limits
//!
//! * memcached evicts items when its memory is full, and loses all of them in a restart. Such a session has ended: it
//!   is never torn, and never comes back.
//! * It cannot list keys, so counting sessions, scanning them, and listing or ending the sessions of a user return an
//!   error that names the drivers that can.
//! * A server that has no room and may not evict (`-M`) refuses the write with an error and drops the item that it had,
//!   so the session ends.
//! * A record larger than the item size (`-I`) is refused with an error, and the old record stays.
//! * If the server of a key is down, the call returns an error. No other server is asked.
//! * memcached 1.6.18 or later is required, with CAS enabled.
//!
//! # Sources
//!
//! The memcached documentation: "Meta Commands" (`mg`, `ms` with `C` and the mode `E`, `md`), and `doc/protocol.txt`
//! for expiration times. Rendezvous hashing: Thaler and Ravishankar, "Using Name-Based Mappings to Increase Hit Rates".

mod hints;
mod items;
mod kept;
mod stamps;

use std::num::NonZeroU64;

use hints::Hints;
use items::{Items, Step};
use kept::Kept;
use stamps::Stamps;

use crate::{
    contract::error::{StoreError, StoreResult},
    contract::{
        id::Digest,
        lock::Lock,
        locking::Locking,
        record::{Forward, Found, Record},
        store::{Collected, Creation, Listing, Page, Store, Update},
    },
    stores::context::DriverContext,
};
use salon_core::support::{Clock, Timestamp};
use salon_database::memcached::MemcachedClient;

/// The connection that is used if none is named.
const CONNECTION: &str = "memcached";

/// Keeps each session in memcached, as one item under the prefix and its digest.
#[derive(Debug)]
pub(crate) struct MemcachedStore {
    items: Items,
    clock: Clock,
}

impl MemcachedStore {
    /// Opens the connection that the configuration names.
    ///
    /// # Errors
    /// Returns an error if there is no connection of that name, if it is not one to memcached, or if no server
    /// responds.
    pub(crate) async fn open(context: DriverContext) -> StoreResult<Self> {
        let config = &context.config;
        let connection = config.named_connection().unwrap_or(CONNECTION);
        let servers = MemcachedClient::new(&context.databases.connection(Some(connection))?)?;
        let prefix = config.prefix.clone();
        let items = Items { servers, prefix, hints: Hints::default(), stamps: Stamps::default() };
        items.probe().await?;
        Ok(Self { items, clock: context.clock })
    }

    fn live(&self, digest: &Digest, record: &Record) -> Kept {
        Kept::live(digest, record, self.clock.now())
    }
}

impl Store for MemcachedStore {
    async fn load(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        self.items.find(digest).await
    }

    async fn create(&self, digest: &Digest, record: Record) -> StoreResult<Creation> {
        self.items.add(digest, &self.live(digest, &record)).await
    }

    async fn update(&self, digest: &Digest, expected: u64, record: Record) -> StoreResult<Update> {
        self.items.replace(digest, expected, self.live(digest, &record)).await
    }

    async fn touch(&self, digest: &Digest, active_at: Timestamp, expires_at: Timestamp) -> StoreResult<bool> {
        let touch = |found| match found {
            Some(Found::Live(mut record)) => match record.touch(active_at, expires_at) {
                true => Step::Amend(self.live(digest, &record), true),
                false => Step::Leave(true),
            },
            Some(Found::Moved(_) | Found::Corrupt(_)) | None => Step::Leave(false),
        };
        self.items.change(digest, touch).await
    }

    async fn rotate(
        &self,
        old: &Digest,
        expected: u64,
        new: &Digest,
        record: Record,
        forward: Forward,
    ) -> StoreResult<Update> {
        // The successor is written first: nobody knows of it yet, and whatever happens in between, the session is under
        // one of the two.
        if self.items.add(new, &self.live(new, &record)).await? != Creation::Created {
            return Err("the digest for a new id is taken".into());
        }
        let update = self.items.replace(old, expected, Kept::moved(old, &forward, self.clock.now())).await?;
        if update != Update::Saved {
            self.items.take_back(new, record.version).await;
        }
        Ok(update)
    }

    async fn lock(&self, digest: &Digest, lock: Lock, now: Timestamp) -> StoreResult<Locking> {
        let decide = |found| match Locking::decide(found, lock, now) {
            Locking::Granted(record) => Step::Replace(self.live(digest, &record), Locking::Granted(record)),
            refused => Step::Leave(refused),
        };
        self.items.change(digest, decide).await
    }

    async fn unlock(&self, digest: &Digest, owner: NonZeroU64) -> StoreResult<Option<Forward>> {
        let decide = |found| match found {
            Some(Found::Moved(forward)) => Step::Leave(Some(forward)),
            Some(Found::Live(record)) => match record.unlocked(owner) {
                Some(unlocked) => Step::Replace(self.live(digest, &unlocked), None),
                None => Step::Leave(None),
            },
            Some(Found::Corrupt(_)) | None => Step::Leave(None),
        };
        self.items.change(digest, decide).await
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        let decide = |found| match found {
            Some(Found::Live(_) | Found::Corrupt(_)) => Step::Replace(Kept::tombstone(), found),
            None | Some(Found::Moved(_)) => Step::Leave(found),
        };
        self.items.change(digest, decide).await
    }

    async fn collect(&self, _now: Timestamp, _batch: usize) -> StoreResult<Collected> {
        Ok(Collected::default())
    }

    async fn count(&self, _now: Timestamp) -> StoreResult<u64> {
        Err(cannot("count its sessions"))
    }

    async fn user_sessions(&self, _user: &str) -> StoreResult<Vec<Listing>> {
        Err(cannot("list a user's sessions"))
    }

    async fn end_user_sessions(&self, _user: &str, _except: Option<&Digest>) -> StoreResult<u64> {
        Err(cannot("find a user's sessions"))
    }

    async fn scan(&self, _from: Option<&str>, _batch: usize) -> StoreResult<Page> {
        Err(cannot("list its sessions"))
    }

    async fn close(&self) -> StoreResult<()> {
        self.items.servers.close();
        Ok(())
    }
}

fn cannot(what: &str) -> StoreError {
    StoreError::unsupported(format!("memcached cannot {what}: use the driver `redis`, `database` or `file` for that"))
}
