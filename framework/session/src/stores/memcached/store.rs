//! The implementation of the store.

use std::num::NonZeroU64;

use salon_core::support::{Clock, Timestamp};
use salon_database::memcached::MemcachedClient;

use crate::{
    contract::{
        Collected, Creation, Digest, Forward, Found, Listing, Lock, Locking, Page, Record, Store, StoreError,
        StoreResult, Unlocking, Update, WriteIds,
    },
    stores::{
        context::DriverContext,
        memcached::{
            hints::Hints,
            items::{Items, Step},
            session_item::SessionItem,
        },
    },
};

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
        let items = Items { servers, prefix, hints: Hints::default(), write_ids: WriteIds::new() };
        items.probe().await?;
        Ok(Self { items, clock: context.clock })
    }

    fn live(&self, digest: &Digest, record: &Record) -> SessionItem {
        SessionItem::live(digest, record, self.clock.now())
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
        let update = self.items.replace(old, expected, SessionItem::moved(old, &forward, self.clock.now())).await?;
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
        let decide = |found| match Unlocking::decide(found, owner) {
            Unlocking::Released(record) => Step::Replace(self.live(digest, &record), None),
            Unlocking::Unchanged(forward) => Step::Leave(forward),
        };
        self.items.change(digest, decide).await
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        let decide = |found| match found {
            Some(Found::Live(_) | Found::Corrupt(_)) => {
                Step::Replace(SessionItem::tombstone(digest, self.clock.now()), found)
            }
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
