//! Items by digest, and how they are changed.

use salon_database::memcached::{Key, Memcached, MemcachedError, Stored};

use crate::{
    contract::error::{BoxError, StoreResult},
    contract::{
        id::Digest,
        record::Found,
        store::{Creation, Update},
    },
    error::Error,
    stores::memcached::{
        hints::Hints,
        kept::{self, Kept},
        stamps::Stamps,
    },
};

/// How often a change is tried when others keep being first. Each time one of them succeeds.
const ATTEMPTS: usize = 200;

/// Why a save is neither done nor not.
const UNKNOWN: &str = "the connection to memcached broke during a save, and others have saved since: whether it was carried out is not known";

/// What memcached holds under the prefix.
#[derive(Debug)]
pub(super) struct Items {
    pub(super) driver: String,
    pub(super) servers: Memcached,
    pub(super) prefix: String,
    pub(super) hints: Hints,
    pub(super) stamps: Stamps,
}

/// What becomes of what was read.
pub(super) enum Step<T> {
    /// It stays as it is, and this is the answer.
    Leave(T),
    /// It is replaced, and then this is the answer.
    Replace(Kept, T),
    /// The same, and it is still what somebody else has written.
    Amend(Kept, T),
}

/// What was read.
#[derive(Default)]
struct Seen {
    cas: u64,
    stamp: u32,
    found: Option<Found>,
}

impl Items {
    /// Asks the servers for something that is not there.
    pub(super) async fn probe(&self) -> StoreResult<()> {
        Ok(self.servers.probe(&self.key(&Digest::from_bytes([0; 32]))).await?)
    }

    /// What is kept under a digest.
    pub(super) async fn find(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        Ok(self.read(digest).await?.and_then(|seen| seen.found))
    }

    /// Keeps something new.
    pub(super) async fn add(&self, digest: &Digest, kept: &Kept) -> StoreResult<Creation> {
        let stamp = self.stamps.next();
        let added = self.servers.add(&self.key(digest), kept.entry(stamp)).await;
        Ok(match added.map_err(|error| self.report(error))? {
            Stored::Done(cas) => {
                self.note(digest, kept.version, cas);
                Creation::Created
            }
            // It may be this one that is there.
            Stored::Refused { is_repeated: true } => match self.read(digest).await? {
                Some(seen) if seen.stamp == stamp => Creation::Created,
                _ => Creation::Taken,
            },
            Stored::Refused { is_repeated: false } | Stored::Absent => Creation::Taken,
        })
    }

    /// Replaces a live record of the expected version, in one trip if it was seen last by this process.
    ///
    /// # Errors
    /// No answer, and it cannot be told any more whether it was done: others have changed the session since.
    pub(super) async fn replace(&self, digest: &Digest, expected: u64, kept: Kept) -> StoreResult<Update> {
        let hinted = self.hints.take(digest, expected).map(|cas| (cas, kept.clone(), Update::Saved));
        let decide = |found: Option<Found>, is_uncertain| match Update::refusal(found.as_ref(), expected) {
            Some(_) if is_uncertain && !is_fate_known(found.as_ref(), expected) => Err(UNKNOWN.into()),
            Some(answer) => Ok(Step::Leave(answer)),
            None => Ok(Step::Replace(kept.clone(), Update::Saved)),
        };
        self.change_from(hinted, digest, decide).await
    }

    /// Reads, lets decide, and writes over exactly what was read, again and again until nobody else was in between. What is decided
    /// must come to the same if it is done twice.
    pub(super) async fn change<T: Send>(
        &self,
        digest: &Digest,
        mut decide: impl FnMut(Option<Found>) -> Step<T> + Send,
    ) -> StoreResult<T> {
        self.change_from(None, digest, |found, _| Ok(decide(found))).await
    }

    async fn change_from<T: Send>(
        &self,
        mut hinted: Option<(u64, Kept, T)>,
        digest: &Digest,
        mut decide: impl FnMut(Option<Found>, bool) -> StoreResult<Step<T>> + Send,
    ) -> StoreResult<T> {
        // The stamp of a request that may have been done, and its answer.
        let mut uncertain: Option<(u32, T)> = None;
        for _ in 0..ATTEMPTS {
            let (cas, stamp, kept, answer) = match hinted.take() {
                Some((cas, kept, answer)) => (cas, self.stamps.next(), kept, answer),
                None => {
                    let seen = self.read(digest).await?.unwrap_or_default();
                    let is_uncertain = uncertain.is_some();
                    if let Some((stamp, answer)) = uncertain.take()
                        && seen.stamp == stamp
                        && seen.cas > 0
                    {
                        return Ok(answer);
                    }
                    match decide(seen.found, is_uncertain)? {
                        Step::Leave(answer) => return Ok(answer),
                        Step::Replace(kept, answer) => (seen.cas, self.stamps.next(), kept, answer),
                        Step::Amend(kept, answer) => (seen.cas, seen.stamp, kept, answer),
                    }
                }
            };
            let swapped = self.servers.swap(&self.key(digest), cas, kept.entry(stamp)).await;
            match swapped.map_err(|error| self.report(error))? {
                Stored::Done(cas) => {
                    self.note(digest, kept.version, cas);
                    return Ok(answer);
                }
                Stored::Refused { is_repeated: true } => uncertain = Some((stamp, answer)),
                Stored::Refused { is_repeated: false } | Stored::Absent => {}
            }
        }
        Err(format!("other requests changed the session {ATTEMPTS} times in a row").into())
    }

    /// Removes a record that was just added here and that nobody knows of, unless it was changed.
    pub(super) async fn take_back(&self, digest: &Digest, version: u64) {
        if let Some(cas) = self.hints.take(digest, version) {
            // If that fails, it is thrown out when its time is over.
            let _ = self.servers.delete(&self.key(digest), cas).await;
        }
    }

    async fn read(&self, digest: &Digest) -> StoreResult<Option<Seen>> {
        let Some(item) = self.servers.get(&self.key(digest)).await? else { return Ok(None) };
        let found = kept::read(digest, &item.value);
        if let Some(Found::Live(record)) = &found {
            self.hints.note(digest, record.version, item.cas);
        }
        Ok(Some(Seen { cas: item.cas, stamp: item.stamp, found }))
    }

    fn key(&self, digest: &Digest) -> Key {
        let place = digest.as_bytes().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        Key { text: format!("{}{}", self.prefix, digest.to_hex()), place }
    }

    fn note(&self, digest: &Digest, version: Option<u64>, cas: u64) {
        if let Some(version) = version {
            self.hints.note(digest, version, cas);
        }
    }

    /// An error as the core hears of it.
    fn report(&self, error: MemcachedError) -> BoxError {
        match error {
            MemcachedError::TooLarge { bytes, limit, .. } => {
                let remedy = "keep less in it, or start memcached with a larger `-I`";
                Error::TooLargeForDriver { driver: self.driver.clone(), bytes, limit, remedy }.into()
            }
            error => error.into(),
        }
    }
}

/// Whether a save over this version that did not get its answer was certainly not carried out, if this is there and not its own. One
/// makes the next version, and nothing but a touch leaves the version as it is: so it was not if there is none after that.
fn is_fate_known(found: Option<&Found>, expected: u64) -> bool {
    match found {
        Some(Found::Live(record)) => record.version <= expected + 1,
        Some(Found::Moved(_)) => false,
        Some(Found::Corrupt(_)) | None => true,
    }
}
