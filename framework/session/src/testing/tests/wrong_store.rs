//! A store around another one that is wrong in one way.

use std::{
    num::NonZeroU64,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use salon_core::support::Timestamp;
use tempfile::TempDir;

use crate::{
    contract::{
        Collected, Creation, Digest, Forward, Found, Listing, Lock, Locking, Page, Record, Store, StoreResult, Update,
    },
    stores::MemoryStore,
};

/// What a store does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    CreateReplaces,
    CreateLooksFirst,
    UpdateUpserts,
    UpdateForgetsTheVersion,
    UpdateLooksFirst,
    UpdateKeepsTheFirstExpiry,
    UpdateIsTorn,
    TouchRevives,
    TouchDoesNothing,
    TouchMakesAVersion,
    TouchTakesBack,
    RotateForgetsTheForward,
    RotateKeepsTheOldRecord,
    RotateRevives,
    RotateForgetsTheVersion,
    LockIgnoresTheOwner,
    LockHasNoEnd,
    LockLooksFirst,
    LockMakesNoVersion,
    UnlockForgets,
    UnlockAsksNobody,
    DestroyForgets,
    DestroyAnswersNothing,
    DestroyFollowsTheForward,
    MixesDigests,
    CutsPayloads,
    LosesTheAgent,
    LoadIsStale,
    CollectTakesAll,
    CollectCountsTwice,
    CollectIgnoresTheBatch,
    ListsEverybody,
    /// It fails, instead of saying that it is unsupported.
    ListFails,
    EndSparesNobody,
    CountsWhatHasExpired,
    ScansOnePage,
    ScansInACircle,
    CloseFails,
    /// A dropped lock stays locked.
    KeepsItsLock,
    /// The store is down, and it reports that nothing is there.
    IsSilentlyDown,
}

/// A store, perhaps with a flaw, and the folder that it uses.
pub(super) struct Wrapped<S> {
    store: S,
    flaw: Option<Flaw>,
    locked: AtomicBool,
    #[expect(dead_code, reason = "dropping it removes the folder")]
    folder: Option<Arc<TempDir>>,
}

impl<S> Wrapped<S> {
    pub(super) const fn new(store: S, flaw: Option<Flaw>, folder: Option<Arc<TempDir>>) -> Self {
        Self { store, flaw, locked: AtomicBool::new(false), folder }
    }
}

impl Wrapped<MemoryStore> {
    pub(super) fn with(flaw: Flaw) -> Self {
        Self::new(MemoryStore::default(), Some(flaw), None)
    }
}

impl<S: Store> Wrapped<S> {
    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn digest(&self, digest: &Digest) -> Digest {
        let mut bytes = *digest.as_bytes();
        if self.is(Flaw::MixesDigests) {
            bytes[31] = 0;
        }
        Digest::from_bytes(bytes)
    }

    fn is_up(&self) -> StoreResult<()> {
        if self.is(Flaw::IsSilentlyDown) { Err("the store is down".into()) } else { Ok(()) }
    }

    fn kept(&self, record: Record) -> Record {
        let mut record = record;
        if self.is(Flaw::CutsPayloads) {
            let end = record.payload.iter().position(|byte| *byte == 0).unwrap_or(record.payload.len());
            record.payload.truncate(end);
        }
        if self.is(Flaw::LosesTheAgent) {
            record.agent = record.agent.filter(|agent| !agent.is_empty());
        }
        record
    }

    async fn version(&self, digest: &Digest) -> StoreResult<Option<u64>> {
        Ok(match self.store.load(digest).await? {
            Some(Found::Live(record)) => Some(record.version),
            _ => None,
        })
    }

    /// Stores a record, replacing whatever is there.
    async fn put(&self, digest: &Digest, record: Record) -> StoreResult<()> {
        self.store.destroy(digest).await?;
        self.store.create(digest, record).await.map(drop)
    }
}

impl<S: Store> Store for Wrapped<S> {
    async fn load(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        if self.is(Flaw::IsSilentlyDown) {
            return Ok(None);
        }
        let found = self.store.load(&self.digest(digest)).await?;
        Ok(match found {
            // A cache that knows only the first version.
            Some(Found::Live(record)) if self.is(Flaw::LoadIsStale) => {
                Some(Found::Live(Record { version: 1, ..record }))
            }
            found => found,
        })
    }

    async fn create(&self, digest: &Digest, record: Record) -> StoreResult<Creation> {
        self.is_up()?;
        let (digest, record) = (self.digest(digest), self.kept(record));
        if self.is(Flaw::CreateReplaces) || self.is(Flaw::CreateLooksFirst) {
            if self.is(Flaw::CreateLooksFirst) && self.store.load(&digest).await?.is_some() {
                return Ok(Creation::Taken);
            }
            tokio::task::yield_now().await;
            self.put(&digest, record).await?;
            return Ok(Creation::Created);
        }
        self.store.create(&digest, record).await
    }

    async fn update(&self, digest: &Digest, expected: u64, record: Record) -> StoreResult<Update> {
        self.is_up()?;
        let (digest, mut record) = (self.digest(digest), self.kept(record));
        match self.flaw {
            Some(Flaw::UpdateUpserts) => {
                let updated = self.store.update(&digest, expected, record.clone()).await?;
                if updated == Update::Gone {
                    self.put(&digest, record).await?;
                    return Ok(Update::Saved);
                }
                return Ok(updated);
            }
            Some(Flaw::UpdateForgetsTheVersion) => {
                let version = self.version(&digest).await?.unwrap_or_default();
                return self.store.update(&digest, version, record).await;
            }
            Some(Flaw::UpdateLooksFirst) => {
                if let Some(answer) = Update::refusal(self.store.load(&digest).await?.as_ref(), expected) {
                    return Ok(answer);
                }
                tokio::task::yield_now().await;
                self.put(&digest, record).await?;
                return Ok(Update::Saved);
            }
            Some(Flaw::UpdateKeepsTheFirstExpiry) => {
                if let Some(Found::Live(old)) = self.store.load(&digest).await? {
                    record.expires_at = old.expires_at;
                }
            }
            Some(Flaw::UpdateIsTorn) => {
                let torn = Record { payload: record.payload.slice(..record.payload.len() / 2), ..record.clone() };
                let updated = self.store.update(&digest, expected, torn).await?;
                if updated != Update::Saved {
                    return Ok(updated);
                }
                tokio::task::yield_now().await;
                return self.store.update(&digest, record.version, record).await;
            }
            Some(Flaw::KeepsItsLock) => {
                if self.locked.swap(true, Ordering::SeqCst) {
                    return Err("locked".into());
                }
                tokio::task::yield_now().await;
                self.locked.store(false, Ordering::SeqCst);
            }
            _ => {}
        }
        self.store.update(&digest, expected, record).await
    }

    async fn touch(&self, digest: &Digest, active_at: Timestamp, expires_at: Timestamp) -> StoreResult<bool> {
        self.is_up()?;
        let digest = self.digest(digest);
        match self.flaw {
            Some(Flaw::TouchDoesNothing) => return Ok(self.version(&digest).await?.is_some()),
            Some(Flaw::TouchRevives) if self.store.load(&digest).await?.is_none() => {
                self.put(&digest, Record { version: 1, active_at, expires_at, ..Record::default() }).await?;
            }
            Some(Flaw::TouchTakesBack) => {
                let Some(Found::Live(record)) = self.store.load(&digest).await? else { return Ok(false) };
                self.put(&digest, Record { active_at, expires_at, ..record }).await?;
            }
            Some(Flaw::TouchMakesAVersion) => {
                if let Some(Found::Live(record)) = self.store.load(&digest).await? {
                    let next = Record { version: record.version + 1, ..record.clone() };
                    self.store.update(&digest, record.version, next).await?;
                }
            }
            _ => {}
        }
        self.store.touch(&digest, active_at, expires_at).await
    }

    async fn rotate(
        &self,
        old: &Digest,
        expected: u64,
        new: &Digest,
        record: Record,
        forward: Forward,
    ) -> StoreResult<Update> {
        self.is_up()?;
        let (old, new, record) = (self.digest(old), self.digest(new), self.kept(record));
        let version = self.version(&old).await?;
        match self.flaw {
            Some(Flaw::RotateForgetsTheForward) if version == Some(expected) => {
                self.put(&new, record).await?;
                self.store.destroy(&old).await?;
                Ok(Update::Saved)
            }
            Some(Flaw::RotateForgetsTheVersion) => {
                self.store.rotate(&old, version.unwrap_or_default(), &new, record, forward).await
            }
            Some(Flaw::RotateRevives) if version.is_none() => {
                self.put(&new, record).await?;
                Ok(Update::Saved)
            }
            Some(Flaw::RotateKeepsTheOldRecord) if version == Some(expected) => {
                self.put(&new, record).await?;
                Ok(Update::Saved)
            }
            _ => self.store.rotate(&old, expected, &new, record, forward).await,
        }
    }

    async fn lock(&self, digest: &Digest, lock: Lock, now: Timestamp) -> StoreResult<Locking> {
        self.is_up()?;
        let digest = self.digest(digest);
        match self.flaw {
            Some(Flaw::LockIgnoresTheOwner) => self.store.lock(&digest, lock, Timestamp::NEVER).await,
            Some(Flaw::LockHasNoEnd) => self.store.lock(&digest, lock, Timestamp::default()).await,
            Some(Flaw::LockLooksFirst) => {
                let locking = Locking::decide(self.store.load(&digest).await?, lock, now);
                tokio::task::yield_now().await;
                if let Locking::Granted(record) = &locking {
                    self.put(&digest, record.clone()).await?;
                }
                Ok(locking)
            }
            Some(Flaw::LockMakesNoVersion) => match Locking::decide(self.store.load(&digest).await?, lock, now) {
                Locking::Granted(record) => {
                    let version = self.version(&digest).await?.unwrap_or_default();
                    let record = Record { version, ..record };
                    self.put(&digest, record.clone()).await?;
                    Ok(Locking::Granted(record))
                }
                locking => Ok(locking),
            },
            _ => self.store.lock(&digest, lock, now).await,
        }
    }

    async fn unlock(&self, digest: &Digest, owner: NonZeroU64) -> StoreResult<Option<Forward>> {
        self.is_up()?;
        let digest = self.digest(digest);
        if self.is(Flaw::UnlockForgets) {
            return Ok(None);
        }
        let owner = match self.store.load(&digest).await? {
            Some(Found::Live(Record { lock: Some(lock), .. })) if self.is(Flaw::UnlockAsksNobody) => lock.owner,
            _ => owner,
        };
        self.store.unlock(&digest, owner).await
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        self.is_up()?;
        let digest = self.digest(digest);
        if self.is(Flaw::DestroyForgets) {
            return self.store.load(&digest).await;
        }
        let found = self.store.destroy(&digest).await?;
        if let (Some(Found::Moved(forward)), true) = (&found, self.is(Flaw::DestroyFollowsTheForward)) {
            return self.store.destroy(&forward.successor).await;
        }
        Ok(found.filter(|_| !self.is(Flaw::DestroyAnswersNothing)))
    }

    async fn collect(&self, now: Timestamp, batch: usize) -> StoreResult<Collected> {
        let now = if self.is(Flaw::CollectTakesAll) { Timestamp::NEVER } else { now };
        let batch = if self.is(Flaw::CollectIgnoresTheBatch) { usize::MAX } else { batch };
        let mut collected = self.store.collect(now, batch).await?;
        if self.is(Flaw::CollectCountsTwice) {
            collected.removed *= 2;
        }
        Ok(collected)
    }

    async fn count(&self, now: Timestamp) -> StoreResult<u64> {
        let now = if self.is(Flaw::CountsWhatHasExpired) { Timestamp::default() } else { now };
        self.store.count(now).await
    }

    async fn user_sessions(&self, user: &str) -> StoreResult<Vec<Listing>> {
        if self.is(Flaw::ListFails) {
            return Err("the list is being built".into());
        }
        let mut listings = self.store.user_sessions(user).await?;
        if self.is(Flaw::ListsEverybody) {
            listings.extend(self.store.user_sessions(&user.to_lowercase()).await?);
        }
        Ok(listings)
    }

    async fn end_user_sessions(&self, user: &str, except: Option<&Digest>) -> StoreResult<u64> {
        let except = except.filter(|_| !self.is(Flaw::EndSparesNobody));
        self.store.end_user_sessions(user, except).await
    }

    async fn scan(&self, from: Option<&str>, batch: usize) -> StoreResult<Page> {
        if self.is(Flaw::ScansOnePage) && from.is_some() {
            return Ok(Page::default());
        }
        let mut page = self.store.scan(from, batch).await?;
        if self.is(Flaw::ScansInACircle) {
            page.next = page.next.or_else(|| Some("0".to_owned()));
        }
        Ok(page)
    }

    async fn close(&self) -> StoreResult<()> {
        if self.is(Flaw::CloseFails) { Err("it cannot be closed".into()) } else { self.store.close().await }
    }
}
