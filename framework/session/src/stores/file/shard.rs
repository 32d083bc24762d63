//! One of the 256 folders that the files are spread over, held open.

use std::{
    fs::File,
    io,
    sync::Arc,
    time::{Duration, SystemTime},
};

use rustix::{
    fs::{AtFlags, Dir, RenameFlags, linkat, renameat, renameat_with, unlinkat},
    io::Errno,
};

use crate::{
    contract::Digest,
    stores::file::{entry::Entry, root::Root},
};

/// How old an unfinished file must be before it is considered left over from a process that died.
const MIN_LEFTOVER_AGE: Duration = Duration::from_secs(3600);

#[derive(Debug)]
pub(super) struct Shard {
    handle: File,
    root: Arc<Root>,
}

impl Shard {
    /// The name of a digest's folder. Like the name of its file, it consists of hexadecimal digits that we computed: no
    /// byte of it comes from the client.
    pub(super) fn name(digest: &Digest) -> String {
        format!("{:02x}", digest.as_bytes()[0])
    }

    /// The name of a digest's file.
    pub(super) fn file(digest: &Digest) -> String {
        digest.to_hex().split_off(2)
    }

    pub(super) fn open(root: &Arc<Root>, name: &str) -> io::Result<Option<Self>> {
        Ok(root.folder(name)?.map(|handle| Self { handle, root: Arc::clone(root) }))
    }

    /// Waits for an exclusive lock against other threads and processes. The system releases it when the shard is
    /// dropped.
    pub(super) fn lock(&self) -> io::Result<()> {
        self.handle.lock()
    }

    /// Opens the digest's file.
    pub(super) fn entry(&self, digest: &Digest) -> io::Result<Option<Entry>> {
        Entry::open(&self.root, &self.handle, &Self::file(digest))
    }

    pub(super) fn read(&self, digest: &Digest) -> io::Result<Option<Vec<u8>>> {
        self.entry(digest)?.map(Entry::read).transpose()
    }

    /// Writes a new file. Returns `false` if there is one already.
    pub(super) fn create(&self, digest: &Digest, bytes: &[u8]) -> io::Result<bool> {
        let (folder, name) = (&self.handle, Self::file(digest));
        let unfinished = self.root.unfinished.write(folder, bytes)?;
        let created = match renameat_with(folder, &unfinished, folder, &name, RenameFlags::NOREPLACE) {
            Ok(()) => return self.settle().map(|()| true),
            // File systems without an exclusive rename still have exclusive links.
            Err(Errno::INVAL | Errno::NOSYS) => linkat(folder, &unfinished, folder, &name, AtFlags::empty()),
            refused => refused,
        };
        let _ = self.unlink(&unfinished);
        match created {
            Ok(()) => self.settle().map(|()| true),
            Err(Errno::EXIST) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Replaces an existing file. Must be called under the lock.
    pub(super) fn replace(&self, digest: &Digest, bytes: &[u8]) -> io::Result<()> {
        let (folder, name) = (&self.handle, Self::file(digest));
        let unfinished = self.root.unfinished.write(folder, bytes)?;
        let replaced = match renameat_with(folder, &unfinished, folder, &name, RenameFlags::EXCHANGE) {
            Err(Errno::INVAL | Errno::NOSYS) => renameat(folder, &unfinished, folder, &name),
            replaced => replaced,
        };
        // The unfinished name now belongs to the old record, or to the new one if the exchange failed. If it cannot be
        // removed here, the collector removes it later.
        let _ = self.unlink(&unfinished);
        replaced?;
        self.settle()
    }

    /// Removes a file. Returns `true` if there was one.
    pub(super) fn remove(&self, digest: &Digest) -> io::Result<bool> {
        match self.unlink(&Self::file(digest)) {
            Ok(()) => self.settle().map(|()| true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes an unfinished file that was left over by a process that died.
    pub(super) fn sweep(&self, unfinished: &str) -> io::Result<()> {
        let Some(entry) = Entry::open(&self.root, &self.handle, unfinished)? else { return Ok(()) };
        // Our clock may be wrong, and another process may still be writing this file, so the clock that stamps files
        // decides. On a full disk that clock cannot be read.
        let is_left_over = |now| entry.age(now) > MIN_LEFTOVER_AGE;
        if !is_left_over(SystemTime::now())
            || self
                .root
                .unfinished
                .probe(&self.handle)
                .and_then(|made| made.modified())
                .is_ok_and(|now| !is_left_over(now))
        {
            return Ok(());
        }
        match self.unlink(unfinished) {
            Err(Errno::NOENT) => Ok(()),
            swept => Ok(swept?),
        }
    }

    /// The names of the entries in this folder.
    pub(super) fn names(&self) -> io::Result<Dir> {
        Ok(Dir::read_from(&self.handle)?)
    }

    fn unlink(&self, name: &str) -> rustix::io::Result<()> {
        unlinkat(&self.handle, name, AtFlags::empty())
    }

    fn settle(&self) -> io::Result<()> {
        self.root.unfinished.settle(&self.handle)
    }
}
