//! Runs each operation on a thread that may block.

use std::{
    fs,
    num::NonZeroU64,
    path::{Path, PathBuf},
    sync::Arc,
};

use salon_core::support::Timestamp;

use crate::{
    contract::{
        Collected, Creation, Digest, Forward, Found, Listing, Lock, Locking, Page, Record, Store, StoreResult, Update,
    },
    stores::{
        context::DriverContext,
        file::{error::FolderError, files::Files, folder::Folder},
    },
};

/// The folder of the app whose files everybody can download.
const PUBLIC: &str = "resources/public";

/// Keeps each session in a file named after its digest, in a folder named after the digest's first two hexadecimal
/// digits.
#[derive(Clone, Debug)]
pub(crate) struct FileStore(Arc<Files>);

impl FileStore {
    /// Opens the folder that the configuration names.
    ///
    /// # Errors
    /// As for [`at`](Self::at). A folder below `resources/public`, whose files everybody can download, is refused too.
    pub(crate) fn open(context: &DriverContext) -> StoreResult<Self> {
        let (root, config) = (context.databases.root(), &context.config);
        let (path, public) = (root.join(&config.files), root.join(PUBLIC));
        if resolved(&path).starts_with(resolved(&public)) {
            return Err(FolderError::Public { path, public }.into());
        }
        Self::at(&path, config.durable)
    }

    /// Opens a folder, creating it if it does not exist. With `durable`, a save survives a power cut, at a cost of about a
    /// millisecond.
    ///
    /// # Errors
    /// Returns an error if the folder cannot be created or written to, if the path is not a folder, or if other users have
    /// access to it and that cannot be changed without harm.
    pub(crate) fn at(path: &Path, durable: bool) -> StoreResult<Self> {
        Ok(Self(Arc::new(Files::new(Folder::open(path, durable)?))))
    }

    /// Runs the whole operation on a thread that may block. The operation finishes there even if the caller is dropped.
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

/// The path with its links resolved, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    let resolve = |existing: &Path| Some(fs::canonicalize(existing).ok()?.join(path.strip_prefix(existing).ok()?));
    path.ancestors().find_map(resolve).unwrap_or_else(|| path.to_owned())
}
