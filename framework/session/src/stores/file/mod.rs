//! The `file` driver: a file a session. Needs no server, and several processes may share a folder.

mod collection;
mod entry;
mod error;
mod files;
mod folder;
mod root;
mod shard;
mod unfinished;
mod walk;

use std::{num::NonZeroU64, path::Path, sync::Arc};

use files::Files;
use folder::Folder;

use crate::{
    contract::error::{BoxError, StoreResult},
    contract::{
        id::Digest,
        lock::Lock,
        locking::Locking,
        record::{Forward, Found, Record},
        store::{Collected, Creation, Listing, Page, Store, Update},
    },
};
use salon_core::support::Timestamp;

/// Keeps sessions in files named after their digests, in folders named after the first two digits.
#[derive(Clone, Debug)]
pub(crate) struct FileStore(Arc<Files>);

impl FileStore {
    /// Opens the folder, and makes it if there is none. With `durable` a save survives a power cut, for about a millisecond.
    ///
    /// # Errors
    /// The folder cannot be made or written to, or is not a folder.
    pub(crate) fn open(path: &Path, durable: bool) -> Result<Self, BoxError> {
        Ok(Self(Arc::new(Files::new(Folder::open(path, durable)?))))
    }

    /// One hop to a thread that may block, for the whole operation; it ends there even if the caller is gone.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Files) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let files = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || work(&files)).await?
    }
}

impl Store for FileStore {
    async fn load(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        let digest = *digest;
        self.run(move |files| files.load(&digest)).await
    }

    async fn create(&self, digest: &Digest, record: Record) -> StoreResult<Creation> {
        let digest = *digest;
        self.run(move |files| files.create(&digest, &record)).await
    }

    async fn update(&self, digest: &Digest, expected: u64, record: Record) -> StoreResult<Update> {
        let digest = *digest;
        self.run(move |files| files.update(&digest, expected, &record)).await
    }

    async fn touch(&self, digest: &Digest, active_at: Timestamp, expires_at: Timestamp) -> StoreResult<bool> {
        let digest = *digest;
        self.run(move |files| files.touch(&digest, active_at, expires_at)).await
    }

    async fn rotate(
        &self,
        old: &Digest,
        expected: u64,
        new: &Digest,
        record: Record,
        forward: Forward,
    ) -> StoreResult<Update> {
        let (old, new) = (*old, *new);
        self.run(move |files| files.rotate(&old, expected, &new, &record, &forward)).await
    }

    async fn lock(&self, digest: &Digest, lock: Lock, now: Timestamp) -> StoreResult<Locking> {
        let digest = *digest;
        self.run(move |files| files.lock(&digest, lock, now)).await
    }

    async fn unlock(&self, digest: &Digest, owner: NonZeroU64) -> StoreResult<Option<Forward>> {
        let digest = *digest;
        self.run(move |files| files.unlock(&digest, owner)).await
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<Option<Found>> {
        let digest = *digest;
        self.run(move |files| files.destroy(&digest)).await
    }

    async fn collect(&self, now: Timestamp, batch: usize) -> StoreResult<Collected> {
        self.run(move |files| files.collect(now, batch)).await
    }

    async fn count(&self, now: Timestamp) -> StoreResult<u64> {
        self.run(move |files| files.count(now)).await
    }

    async fn user_sessions(&self, user: &str) -> StoreResult<Vec<Listing>> {
        let user = user.to_owned();
        self.run(move |files| files.user_sessions(&user)).await
    }

    async fn end_user_sessions(&self, user: &str, except: Option<&Digest>) -> StoreResult<u64> {
        let (user, except) = (user.to_owned(), except.copied());
        self.run(move |files| files.end_user_sessions(&user, except.as_ref())).await
    }

    async fn scan(&self, from: Option<&str>, _batch: usize) -> StoreResult<Page> {
        let folder = from.map_or(Ok(0), |from| u8::from_str_radix(from, 16))?;
        self.run(move |files| files.scan(folder)).await
    }

    async fn close(&self) -> StoreResult<()> {
        Ok(())
    }
}
