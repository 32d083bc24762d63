//! The folder on disk: names, modes, locks, and writes that are whole or not at all.
//!
//! A new file is written beside the old one and exchanged with it (`renameat2`), which on ext4 is some hundred times
//! faster than renaming over it, for that flushes the data first. After a power cut a file may therefore be torn; its
//! checksum tells. `durable` flushes instead.
//!
//! Everything is done relative to open folders, so that no link is ever followed below the root. That the root's name
//! still leads to the folder that was opened is asked before each operation.

use std::{
    fs::{self, DirBuilder},
    io::{self, ErrorKind},
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use crate::{
    contract::error::{BoxError, StoreResult},
    contract::id::Digest,
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
    pub(super) fn open(path: &Path, durable: bool) -> Result<Self, BoxError> {
        make(path).map_err(|source| FolderError::Unwritable { path: path.to_owned(), source })?;
        let root = RwLock::new(Arc::new(Root::open(path, durable, None)?));
        Ok(Self { path: path.to_owned(), durable, root })
    }

    /// Reading needs no lock: a file is replaced whole.
    pub(super) fn read(&self, digest: &Digest) -> StoreResult<Option<Vec<u8>>> {
        let (shard, file) = (Shard::name(digest), Shard::file(digest));
        let entry = Entry::open_below(&*self.root()?, &shard, &file)?;
        Ok(entry.map(Entry::read).transpose()?)
    }

    /// Writes a new file; `false` if there is one.
    pub(super) fn create(&self, digest: &Digest, bytes: &[u8]) -> StoreResult<bool> {
        let (root, name) = (self.root()?, Shard::name(digest));
        let shard = match Shard::open(&root, &name)? {
            Some(shard) => shard,
            None => {
                root.make(&name)?;
                let made = Shard::open(&root, &name)?;
                made.ok_or_else(|| FolderError::Planted { path: self.path.join(name) })?
            }
        };
        Ok(shard.create(digest, bytes)?)
    }

    /// The folder that a digest's file is in, if there is one, for us alone until it is let go.
    pub(super) fn lock(&self, digest: &Digest) -> StoreResult<Option<Shard>> {
        let shard = self.shard(&Shard::name(digest))?;
        if let Some(shard) = &shard {
            shard.lock()?;
        }
        Ok(shard)
    }

    /// The folder of this name, if there is one that is ours.
    pub(super) fn shard(&self, name: &str) -> StoreResult<Option<Shard>> {
        Ok(Shard::open(&self.root()?, name)?)
    }

    /// The root, if its name still leads to it. A folder that was put in its place is taken over as at the start, but for one
    /// on another disk: that is the empty place where a disk was mounted, or one that was mounted over it.
    fn root(&self) -> Result<Arc<Root>, FolderError> {
        let root = Arc::clone(&self.root.read().unwrap_or_else(PoisonError::into_inner));
        let gone = |source| FolderError::Gone { path: self.path.clone(), source };
        let found = fs::symlink_metadata(&self.path).map_err(gone)?;
        if root.is(found.dev(), found.ino()) {
            return Ok(root);
        }
        let mut root = self.root.write().unwrap_or_else(PoisonError::into_inner);
        // Another request may have been first.
        if !root.is(found.dev(), found.ino()) {
            *root = Arc::new(Root::open(&self.path, self.durable, Some(root.disk()))?);
            let path = self.path.display();
            tracing::warn!(%path, "another folder lies where the sessions were kept, and is used from now on");
        }
        Ok(Arc::clone(&root))
    }
}

/// Makes the root, and what is missing on the way to it, unless something is there.
fn make(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        match DirBuilder::new().mode(root::MODE).create(path) {
            // Another process was first.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            made => made?,
        }
    }
    Ok(())
}
