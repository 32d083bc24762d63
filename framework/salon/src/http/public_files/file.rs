//! One public file, and how to notice that it has changed.

use std::{fs::Metadata, io, os::unix::fs::MetadataExt, path::PathBuf, time::SystemTime};

/// A file that exists, at its path without links.
pub(super) struct PublicFile {
    pub(super) path: PathBuf,
    pub(super) stamp: Stamp,
}

/// What changes when a file changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    modified: SystemTime,
    pub(super) length: u64,
    device: u64,
    inode: u64,
}

impl Stamp {
    /// Reads the stamp of a file.
    ///
    /// # Errors
    /// Returns an error if the file system does not know when the file was modified.
    pub(super) fn new(found: &Metadata) -> io::Result<Self> {
        Ok(Self { modified: found.modified()?, length: found.len(), device: found.dev(), inode: found.ino() })
    }

    /// True if the file was not modified within the last two seconds. Two changes within one tick of the file system's
    /// clock, which is two seconds at most, have the same stamp.
    pub(super) fn is_settled(&self, now: SystemTime) -> bool {
        let age = now.duration_since(self.modified).or_else(|_| self.modified.duration_since(now));
        age.is_ok_and(|age| age.as_secs() >= 2)
    }
}
