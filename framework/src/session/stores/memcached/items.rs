//! Items by digest, and how they are changed.

use bytes::Bytes;

use super::{
    hints::Hints,
    kept::{self, Kept},
};
use crate::{
    database::memcached::{Key, Memcached, MemcachedError, Stored},
    session::{
        error::{BoxError, Error, StoreResult},
        id::Digest,
        record::Found,
        store::{Creation, Update},
    },
};

/// How often a change is tried when others keep being first. Each time one of them succeeds.
const ATTEMPTS: usize = 200;

/// What memcached holds under the prefix.
#[derive(Debug)]
pub(super) struct Items {
    pub(super) driver: String,
    pub(super) servers: Memcached,
    pub(super) prefix: String,
    pub(super) hints: Hints,
}

/// What becomes of what was read.
pub(super) enum Step<T> {
    /// It stays as it is, and this is the answer.
    Leave(T),
    /// It is replaced, and then this is the answer.
    Replace(Kept, T),
}

/// What was read.
struct Seen {
    cas: u64,
    value: Bytes,
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
        let added = self.servers.add(&self.key(digest), &kept.value, kept.ttl).await;
        Ok(match added.map_err(|error| self.told(error))? {
            Stored::Done(cas) => {
                self.note(digest, kept.version, cas);
                Creation::Created
            }
            // It may be this one that is there.
            Stored::Refused { is_repeated: true } => match self.read(digest).await? {
                Some(seen) if seen.value == kept.value => Creation::Created,
                _ => Creation::Taken,
            },
            Stored::Refused { is_repeated: false } | Stored::Absent => Creation::Taken,
        })
    }

    /// Replaces a live record of the expected version, in one trip if it was seen last by this process.
    pub(super) async fn replace(&self, digest: &Digest, expected: u64, kept: Kept) -> StoreResult<Update> {
        let hinted = self.hints.take(digest, expected).map(|cas| (cas, kept.clone(), Update::Saved));
        let decide = |found: Option<Found>| match Update::refusal(found.as_ref(), expected) {
            Some(answer) => Step::Leave(answer),
            None => Step::Replace(kept.clone(), Update::Saved),
        };
        self.change_from(hinted, digest, decide).await
    }

    /// Reads, lets decide, and writes over exactly what was read, again and again until nobody else was in between.
    pub(super) async fn change<T: Send>(
        &self,
        digest: &Digest,
        decide: impl FnMut(Option<Found>) -> Step<T> + Send,
    ) -> StoreResult<T> {
        self.change_from(None, digest, decide).await
    }

    async fn change_from<T: Send>(
        &self,
        mut hinted: Option<(u64, Kept, T)>,
        digest: &Digest,
        mut decide: impl FnMut(Option<Found>) -> Step<T> + Send,
    ) -> StoreResult<T> {
        let mut uncertain: Option<(Bytes, T)> = None;
        for _ in 0..ATTEMPTS {
            let (cas, kept, answer) = match hinted.take() {
                Some(hinted) => hinted,
                None => {
                    let seen = self.read(digest).await?;
                    if let Some((value, answer)) = uncertain.take()
                        && seen.as_ref().is_some_and(|seen| seen.value == value)
                    {
                        return Ok(answer);
                    }
                    let (cas, found) = seen.map_or((0, None), |seen| (seen.cas, seen.found));
                    match decide(found) {
                        Step::Leave(answer) => return Ok(answer),
                        Step::Replace(kept, answer) => (cas, kept, answer),
                    }
                }
            };
            let swapped = self.servers.swap(&self.key(digest), cas, &kept.value, kept.ttl).await;
            match swapped.map_err(|error| self.told(error))? {
                Stored::Done(cas) => {
                    self.note(digest, kept.version, cas);
                    return Ok(answer);
                }
                // What is there may be just this.
                Stored::Refused { is_repeated: true } => uncertain = Some((kept.value, answer)),
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
        Ok(Some(Seen { cas: item.cas, found, value: item.value }))
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
    fn told(&self, error: MemcachedError) -> BoxError {
        match error {
            MemcachedError::TooLarge { bytes, limit, .. } => {
                let remedy = "keep less in it, or start memcached with a larger `-I`";
                Error::TooLargeForDriver { driver: self.driver.clone(), bytes, limit, remedy }.into()
            }
            error => error.into(),
        }
    }
}
