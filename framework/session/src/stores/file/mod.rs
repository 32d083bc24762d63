//! The `file` driver: one file per session, in a folder that several processes on one machine may share, without a
//! server.
//!
//! # What a record looks like
//!
//! A record is found by its digest, the SHA-256 of the session's id. In lower-case hexadecimal, the first two digits
//! name a folder (a shard, 256 at most) and the other 62 the file in it: `storage/framework/sessions/9f/86d081…`. No
//! byte of the name comes from the client. Folders have mode 700 and files mode 600.
//!
//! The file is the record's envelope ([`codec`](crate::session::codec)): `SALN`, the format's version, the kind (1 for
//! a live record, 2 for a forward), the length of the body, 16 bytes of a SHA-256 over digest, kind and body, then the
//! body. Expiry, user and lock are in the body, so collecting and listing read only the head of each file.
//!
//! # Writes and races
//!
//! A record is written to a file named `.unfinished-<pid>-<number>` in the same folder and then renamed. A new record
//! is renamed with `RENAME_NOREPLACE`, which fails if the name exists (where the file system lacks it, a hard link does
//! the same). An existing one is exchanged with `RENAME_EXCHANGE`, or replaced by a plain rename where that is missing.
//! A reader sees the old record or the new one, never a part, and needs no lock.
//!
//! Every change of an existing record holds an exclusive lock on the shard's folder (`flock`) and reads the record
//! under it. An update whose expected version is not the one in the file writes nothing. The kernel releases the lock
//! if the process dies. Each operation runs on a blocking thread and finishes there even if the caller is dropped.
//!
//! # How a session ends
//!
//! `destroy` removes the file under the lock. Updates, touches, locks and rotations need an existing live record, so a
//! late request finds no file and creates none. A rotation creates the successor first and then replaces the old record
//! with a forward to it; ending all sessions of a user follows these forwards.
//!
//! # Limits
//!
//! * Without `durable` a power cut may lose or tear the last writes. A torn file fails its checksum and counts as
//!   corrupt. The collector removes it when it expires, or after a day if its head is unreadable. `durable` flushes the
//!   file and its folder on every write and costs about a millisecond.
//! * Counting, and listing or ending the sessions of a user, reads the head of every file.
//! * The file driver relies on Unix system calls and on `flock` working between all processes that share the folder.
//! * If the folder is missing, or is on a different disk than at startup, every operation fails with an error: it never
//!   reports an existing session as absent.
//!
//! # Sources
//!
//! The Linux manual pages rename(2) (`RENAME_NOREPLACE`, `RENAME_EXCHANGE`), flock(2), openat2(2)
//! (`RESOLVE_NO_SYMLINKS`) and fsync(2); for the flush on a replacing rename, the option `auto_da_alloc` in the
//! kernel's documentation of ext4.

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
    contract::error::StoreResult,
    contract::{
        id::Digest,
        lock::Lock,
        locking::Locking,
        record::{Forward, Found, Record},
        store::{Collected, Creation, Listing, Page, Store, Update},
    },
};
use salon_core::support::Timestamp;

/// Keeps each session in a file named after its digest, in a folder named after the digest's first two hexadecimal
/// digits.
#[derive(Clone, Debug)]
pub(crate) struct FileStore(Arc<Files>);

impl FileStore {
    /// Opens the folder, creating it if it does not exist. With `durable`, a save survives a power cut, at a cost of
    /// about a millisecond.
    ///
    /// # Errors
    /// Returns an error if the folder cannot be created or written to, or if the path is not a folder.
    pub(crate) fn open(path: &Path, durable: bool) -> StoreResult<Self> {
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
