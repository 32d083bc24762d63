//! The folder on disk: names, modes, locks, and writes that happen completely or not at all.
//!
//! A new file is written next to the old one and exchanged with it (`renameat2`). On ext4 that is some hundred times
//! faster than renaming over it, because a replacing rename flushes the data first. After a power cut a file may
//! therefore be torn, which its checksum reveals. With `durable` the data is flushed instead.
//!
//! All calls are relative to open folders, so that no link below the root is ever followed. Before each operation the
//! path of the root is checked to still lead to the folder that was opened.

use std::{
    fs::{self, DirBuilder},
    io::{self, ErrorKind},
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use crate::{
    contract::{Digest, StoreResult},
    stores::file::{
        entry::Entry,
        error::FolderError,
        root::{self, Root},
        shard::Shard,
    },
};

#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    durable: bool,
    root: RwLock<Arc<Root>>,
}

impl Folder {
    pub(super) fn open(path: &Path, durable: bool) -> StoreResult<Self> {
        make(path).map_err(|source| FolderError::Unwritable { path: path.to_owned(), source })?;
        let root = RwLock::new(Arc::new(Root::open(path, durable, None)?));
        Ok(Self { path: path.to_owned(), durable, root })
    }

    /// Reading needs no lock, because a file is always replaced as a whole.
    pub(super) fn read(&self, digest: &Digest) -> StoreResult<Option<Vec<u8>>> {
        let (shard, file) = (Shard::name(digest), Shard::file(digest));
        let entry = Entry::open_below(&*self.root()?, &shard, &file)?;
        Ok(entry.map(Entry::read).transpose()?)
    }

    /// Writes a new file. Returns `false` if there is one already.
    pub(super) fn create(&self, digest: &Digest, bytes: &[u8]) -> StoreResult<bool> {
        let (root, name) = (self.root()?, Shard::name(digest));
        let shard = match Shard::open(&root, &name)? {
            Some(shard) => shard,
            None => {
                root.make(&name)?;
                let made = Shard::open(&root, &name)?;
                made.ok_or_else(|| FolderError::NotOurs { path: self.path.join(name) })?
            }
        };
        Ok(shard.create(digest, bytes)?)
    }

    /// Locks the folder that contains a digest's file, if the folder exists. The lock is held until the shard is
    /// dropped.
    pub(super) fn lock(&self, digest: &Digest) -> StoreResult<Option<Shard>> {
        let shard = self.shard(&Shard::name(digest))?;
        if let Some(shard) = &shard {
            shard.lock()?;
        }
        Ok(shard)
    }

    /// Opens the folder of this name, if it exists and is ours.
    pub(super) fn shard(&self, name: &str) -> StoreResult<Option<Shard>> {
        Ok(Shard::open(&self.root()?, name)?)
    }

    /// Returns the root, if its path still leads to it. A folder that has replaced it is opened and checked as at
    /// startup. One on another disk is refused: it is either the empty mount point of a disk that is gone, or a disk
    /// mounted over the folder.
    fn root(&self) -> Result<Arc<Root>, FolderError> {
        let root = Arc::clone(&self.root.read().unwrap_or_else(PoisonError::into_inner));
        let gone = |source| FolderError::Gone { path: self.path.clone(), source };
        let found = fs::symlink_metadata(&self.path).map_err(gone)?;
        if root.is(found.dev(), found.ino()) {
            return Ok(root);
        }
        let mut root = self.root.write().unwrap_or_else(PoisonError::into_inner);
        // Another request may have been faster.
        if !root.is(found.dev(), found.ino()) {
            *root = Arc::new(Root::open(&self.path, self.durable, Some(root.disk()))?);
            let path = self.path.display();
            tracing::warn!(%path, "the session folder was replaced by another one, which is used from now on");
        }
        Ok(Arc::clone(&root))
    }
}

/// Creates the root and its missing parents, unless something exists at that path.
fn make(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        match DirBuilder::new().mode(root::MODE).create(path) {
            // Another process was faster.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            made => made?,
        }
    }
    Ok(())
}
