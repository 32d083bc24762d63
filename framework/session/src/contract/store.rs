//! The complete contract between sessions and the place that stores them.

use std::{future::Future, num::NonZeroU64, sync::Arc};

use salon_core::support::Timestamp;

use crate::{
    contract::error::StoreResult,
    contract::{
        id::Digest,
        lock::Lock,
        locking::Locking,
        record::{Forward, Found, Record},
    },
};

/// The outcome of an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Update {
    /// The record is written, and every later load sees it.
    Saved,
    /// The store has another version, this one. Nothing was written.
    Conflict(Record),
    /// The session has a new id by now. Nothing was written.
    Moved(Forward),
    /// The session no longer exists. Nothing was written.
    Gone,
}

impl Update {
    /// Returns why an update that expects this version must not replace what was found. Returns `None` if it may.
    #[must_use]
    pub fn refusal(found: Option<&Found>, expected: u64) -> Option<Self> {
        match found {
            Some(Found::Live(record)) if record.version == expected => None,
            Some(Found::Live(record)) => Some(Self::Conflict(record.clone())),
            Some(Found::Moved(forward)) => Some(Self::Moved(forward.clone())),
            Some(Found::Corrupt(_)) | None => Some(Self::Gone),
        }
    }
}

/// The outcome of a creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creation {
    /// The record is written, and every later load sees it.
    Created,
    /// The digest is taken, by a record or by one that was destroyed a moment ago. Nothing was written.
    Taken,
    /// The store keeps nothing, so the browser needs no cookie.
    Discarded,
}

/// The result of one call of the collector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// How many records were removed.
    pub removed: u64,
    /// True if the batch was full before the store was done: call again.
    pub more: bool,
}

/// A page of everything that a store keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The records and forwards, with their digests.
    pub found: Vec<(Digest, Found)>,
    /// Where the next page begins, in a format of the store's own. `None` after the last page.
    pub next: Option<String>,
}

/// A session of a user, for a page that lists where the user is logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The digest of the session. It is enough to end the session, but not to enter it.
    pub digest: Digest,
    /// When the session was created.
    pub created_at: Timestamp,
    /// When its last request came that was written back.
    pub active_at: Timestamp,
    /// The address that the user logged in from.
    pub address: Option<Arc<str>>,
    /// The `User-Agent` of the browser that the user logged in with.
    pub agent: Option<Arc<str>>,
}

impl Listing {
    /// Returns the listing of a record.
    #[must_use]
    pub fn of(digest: Digest, record: &Record) -> Self {
        Self {
            digest,
            created_at: record.created_at,
            active_at: record.active_at,
            address: record.address.clone(),
            agent: record.agent.clone(),
        }
    }
}

/// Stores sessions, and decides which of several parallel calls wins. Salon's own drivers implement this trait.
/// Implement it if your storage can make such a decision, in a statement, a script or a transaction; otherwise the
/// smaller contract [`Driver`](crate::Driver) is enough.
///
/// # The rules
///
/// 1. **Creation is insert-only.** [`create`](Self::create) never replaces anything.
/// 2. **Everything else needs a live record.** [`update`](Self::update), [`touch`](Self::touch),
///    [`rotate`](Self::rotate) and [`lock`](Self::lock) never create one, and check this in the same step as the write.
///    Otherwise a request that is slower than a logout would bring the session back.
/// 3. **Versions decide races.** An update over another version than the expected one writes nothing.
/// 4. **A call leaves the old record or the new one,** complete, even if its future is dropped halfway.
/// 5. **A store that is down returns an error,** never "not found": that would give the visitor an empty session.
/// 6. **The core decides what has expired,** after every load. A store may return expired records, or have removed
///    them.
///
/// After an error of a write, the next load finds the old record, the new one, or none, but never a part of either. A
/// store must not lose the old record unless it has no other choice: memcached, for example, drops an item when it has
/// no room for the new value. The session has then ended, which the visitor notices as a logout.
pub trait Store: Send + Sync + 'static {
    /// Returns what is stored under a digest.
    ///
    /// # Errors
    /// Returns an error if the store is unavailable.
    fn load(&self, digest: &Digest) -> impl Future<Output = StoreResult<Option<Found>>> + Send;

    /// Stores a new record.
    ///
    /// # Errors
    /// Returns an error if the store is unavailable, or if it has no room for the record.
    fn create(&self, digest: &Digest, record: Record) -> impl Future<Output = StoreResult<Creation>> + Send;

    /// Replaces a live record of the expected version.
    ///
    /// # Errors
    /// Returns an error if the store is unavailable, or if it has no room for the record. The next load then finds the
    /// old record, unless the write was carried out and only its reply was lost
    /// ([`OutcomeUnknown`](crate::StoreError::OutcomeUnknown)), or the store had to drop what it could not replace.
    fn update(
        &self,
        digest: &Digest,
        expected: u64,
        record: Record,
    ) -> impl Future<Output = StoreResult<Update>> + Send;

    /// Records a request on a live record of any version, as [`Record::touch`] does, and changes nothing else. Returns
    /// false if there is no live record.
    ///
    /// # Errors
    /// Returns an error if the store is unavailable.
    fn touch(
        &self,
        digest: &Digest,
        active_at: Timestamp,
        expires_at: Timestamp,
    ) -> impl Future<Output = StoreResult<bool>> + Send;

    /// Moves a live record of the expected version to a new digest. The forward to it stays under the old digest.
    ///
    /// # Errors
    /// Returns an error if the store is unavailable, or if it has no room for the record. The session is then under one
    /// of the two digests, unless the store had to drop what it could not replace.
    fn rotate(
        &self,
        old: &Digest,
        expected: u64,
        new: &Digest,
        record: Record,
        forward: Forward,
    ) -> impl Future<Output = StoreResult<Update>> + Send;

    /// Gives the lock of a live record to one owner, if no other owner has it at `now`. [`Locking::decide`] is the
    /// rule. The lock is part of the record, and granting it makes a new version, so that an update of a former owner
    /// is a conflict. The call does not wait. The lock stops no reader, and no writer that did not ask for it.
    ///
    /// # Errors
    /// Returns an error if the store is unavailable, or if it supports no locks.
    fn lock(&self, digest: &Digest, lock: Lock, now: Timestamp) -> impl Future<Output = StoreResult<Locking>> + Send;

    /// Releases the lock of an owner, as [`Record::unlocked`] does. It is not an error if the owner no longer holds it.
    /// If the session has a new id by now, the lock is there too, and the forward is returned.
    ///
    /// # Errors
    /// Returns an error if the store is unavailable.
    fn unlock(&self, digest: &Digest, owner: NonZeroU64) -> impl Future<Output = StoreResult<Option<Forward>>> + Send;

    /// Removes the record under a digest, and returns what was found. A forward is returned and stays, so that a caller
    /// that fails to end the successor can try again.
    ///
    /// A store may keep the digest taken for some minutes, so that a late caller cannot create a record under it. Then
    /// [`load`](Self::load) finds nothing there, and [`create`](Self::create) returns [`Creation::Taken`]. Salon itself
    /// never uses a digest twice.
    ///
    /// # Errors
    /// Returns an error if the store is unavailable.
    fn destroy(&self, digest: &Digest) -> impl Future<Output = StoreResult<Option<Found>>> + Send;

    /// Removes records and forwards whose `expires_at` has passed at `now`, at most `batch` of them. A store that has
    /// to search for them examines at most that many.
    ///
    /// # Errors
    /// Returns an error if the store is unavailable.
    fn collect(&self, now: Timestamp, batch: usize) -> impl Future<Output = StoreResult<Collected>> + Send;

    /// Returns how many stored sessions have not expired at `now`.
    ///
    /// # Errors
    /// Returns an error if the store is unavailable, or if it cannot count.
    fn count(&self, now: Timestamp) -> impl Future<Output = StoreResult<u64>> + Send;

    /// Returns the sessions in which a user is logged in.
    ///
    /// # Errors
    /// Returns an error if the store is unavailable, or if it cannot list sessions.
    fn user_sessions(&self, user: &str) -> impl Future<Output = StoreResult<Vec<Listing>>> + Send;

    /// Ends the sessions of a user, except for one that may stay, and returns how many. A session that is renewed at
    /// that moment ends too.
    ///
    /// # Errors
    /// Returns an error if the store is unavailable, or if it cannot list sessions.
    fn end_user_sessions(&self, user: &str, except: Option<&Digest>) -> impl Future<Output = StoreResult<u64>> + Send;

    /// Returns a page of everything that is stored, for copying it to another store: the first page, or the one that
    /// begins at [`Page::next`] of the page before. A page has about `batch` entries, and may have none. A record that
    /// is stored all the while is in one page or in two.
    ///
    /// # Errors
    /// Returns an error if the store is unavailable, or if it cannot list sessions.
    fn scan(&self, from: Option<&str>, batch: usize) -> impl Future<Output = StoreResult<Page>> + Send;

    /// Releases what the store holds. It is called once, when the application ends.
    ///
    /// # Errors
    /// Returns an error if something could not be written.
    fn close(&self) -> impl Future<Output = StoreResult<()>> + Send;
}
