//! The contract between sessions and the place where they are kept.

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

/// What became of an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Update {
    /// It is written, and every later load sees it.
    Saved,
    /// The record has another version by now: this one. Nothing was written.
    Conflict(Record),
    /// The session has a new id by now. Nothing was written.
    Moved(Forward),
    /// There is no such session any more. Nothing was written.
    Gone,
}

impl Update {
    /// The answer to an update that expects this version and may not replace what was found; `None` if it may.
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

/// What became of a creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creation {
    /// It is written, and every later load sees it.
    Created,
    /// The digest is taken, by a record or by one that was destroyed a moment ago. Nothing was written.
    Taken,
    /// This store keeps nothing, so the browser need not hear of an id.
    Discarded,
}

/// What one run of the collector did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Records removed.
    pub removed: u64,
    /// Whether the batch ended before the store did: call again.
    pub more: bool,
}

/// A part of what is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// What is kept, each under its digest.
    pub found: Vec<(Digest, Found)>,
    /// Where the next page begins, in the store's own words; `None` after the last one.
    pub next: Option<String>,
}

/// A session of a user, for a list of where somebody is logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The session's digest: enough to end it, not to enter it.
    pub digest: Digest,
    /// When it began.
    pub created_at: Timestamp,
    /// Its last request.
    pub active_at: Timestamp,
    /// The address of the login.
    pub address: Option<Arc<str>>,
    /// The browser of the login.
    pub agent: Option<Arc<str>>,
}

impl Listing {
    /// What a list says of a record.
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

/// Keeps sessions. What the framework talks to; our own drivers implement it, and a driver that can decide races in its
/// store does so best here. The smaller contract for everybody else is [`Driver`](super::Driver).
///
/// # The rules
///
/// 1. **Creation is insert-only.** [`create`](Self::create) never replaces anything.
/// 2. **Everything else needs a live record.** [`update`](Self::update), [`touch`](Self::touch) and
///    [`rotate`](Self::rotate) never make one, and decide that in the store, so that a session that was destroyed stays so.
/// 3. **Versions decide races.** An update over another version than the expected one writes nothing.
/// 4. **A call that was begun ends whole.** A future that is dropped half way leaves the old record or the new one.
/// 5. **Silence is not absence.** A store that cannot answer returns an error, never "not found".
/// 6. Whether a record is over is decided by the core, after every load; expired records may be there or not.
pub trait Store: Send + Sync + 'static {
    /// What is kept under a digest.
    ///
    /// # Errors
    /// The store did not answer.
    fn load(&self, digest: &Digest) -> impl Future<Output = StoreResult<Option<Found>>> + Send;

    /// Keeps a new record.
    ///
    /// # Errors
    /// The store did not answer, or has no room.
    fn create(&self, digest: &Digest, record: Record) -> impl Future<Output = StoreResult<Creation>> + Send;

    /// Replaces a live record of the expected version.
    ///
    /// # Errors
    /// The store did not answer, or has no room; then the old record is intact.
    fn update(
        &self,
        digest: &Digest,
        expected: u64,
        record: Record,
    ) -> impl Future<Output = StoreResult<Update>> + Send;

    /// Notes a request on a live record, whatever its version, and nothing else, as [`Record::touch`] says; `false` if there is
    /// none.
    ///
    /// # Errors
    /// The store did not answer.
    fn touch(
        &self,
        digest: &Digest,
        active_at: Timestamp,
        expires_at: Timestamp,
    ) -> impl Future<Output = StoreResult<bool>> + Send;

    /// Moves a live record of the expected version under a new digest. Under the old one stays the way to the new.
    ///
    /// # Errors
    /// The store did not answer, or has no room; then the old record is intact.
    fn rotate(
        &self,
        old: &Digest,
        expected: u64,
        new: &Digest,
        record: Record,
        forward: Forward,
    ) -> impl Future<Output = StoreResult<Update>> + Send;

    /// Gives a live record to one owner, if nobody else has it by `now`; [`Locking::decide`] is the rule. The lock is part of
    /// the record, and a granted one makes a version: so an update of a former owner is a conflict. It does not wait, and it
    /// keeps nobody from reading, and from writing who did not ask for the lock.
    ///
    /// # Errors
    /// The store did not answer.
    fn lock(&self, digest: &Digest, lock: Lock, now: Timestamp) -> impl Future<Output = StoreResult<Locking>> + Send;

    /// Takes an owner's lock off a live record, as [`Record::unlocked`] says; if it is not theirs any more, that is fine. If the
    /// session has a new id by now, and the lock with it, the answer is the way to it.
    ///
    /// # Errors
    /// The store did not answer.
    fn unlock(&self, digest: &Digest, owner: NonZeroU64) -> impl Future<Output = StoreResult<Option<Forward>>> + Send;

    /// Removes what is under a digest; what it was. The way to a successor is answered and stays: who could not end that one
    /// tries again.
    ///
    /// A store may keep the digest taken for some minutes, so that nobody who is late creates something under it: then
    /// [`load`](Self::load) finds nothing there, and [`create`](Self::create) answers [`Creation::Taken`]. The framework itself never
    /// uses a digest twice.
    ///
    /// # Errors
    /// The store did not answer.
    fn destroy(&self, digest: &Digest) -> impl Future<Output = StoreResult<Option<Found>>> + Send;

    /// Removes records that are over by `now`, at most `batch` of them; a store that has to look for them looks at so many.
    ///
    /// # Errors
    /// The store did not answer.
    fn collect(&self, now: Timestamp, batch: usize) -> impl Future<Output = StoreResult<Collected>> + Send;

    /// How many sessions are kept that are not over by `now`.
    ///
    /// # Errors
    /// The store did not answer, or cannot count.
    fn count(&self, now: Timestamp) -> impl Future<Output = StoreResult<u64>> + Send;

    /// The sessions that a user is logged in with.
    ///
    /// # Errors
    /// The store did not answer, or cannot list.
    fn user_sessions(&self, user: &str) -> impl Future<Output = StoreResult<Vec<Listing>>> + Send;

    /// Ends the sessions of a user, but for one that may stay; how many. One that is renewed at that moment ends too.
    ///
    /// # Errors
    /// The store did not answer, or cannot list.
    fn end_user_sessions(&self, user: &str, except: Option<&Digest>) -> impl Future<Output = StoreResult<u64>> + Send;

    /// A page of all that is kept, for moving it elsewhere: from the beginning, or from where the page before said. A page has
    /// about `batch` entries, may have none, and what is kept all the while is in one of them, or in two.
    ///
    /// # Errors
    /// The store did not answer, or cannot list.
    fn scan(&self, from: Option<&str>, batch: usize) -> impl Future<Output = StoreResult<Page>> + Send;

    /// Lets go of what the store holds; called once, when the application ends.
    ///
    /// # Errors
    /// Something could not be written.
    fn close(&self) -> impl Future<Output = StoreResult<()>> + Send;
}
