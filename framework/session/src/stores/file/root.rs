//! The folder of all sessions, held open: the folder that was checked is the one that is used, wherever its path leads
//! later.

use std::{
    fs::{File, Permissions},
    io,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use rustix::{
    fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, mkdirat, openat, statat},
    io::Errno,
};

use crate::stores::file::{error::FolderError, unfinished::Unfinished};

/// Accessible to this user only.
pub(super) const MODE: u32 = 0o700;
/// The permission bits that give others access, and those that let them write.
const OTHERS: u32 = 0o077;
const WRITABLE: u32 = 0o022;
/// Flags for opening folders: links are not followed, and child processes do not inherit the handle.
const OPEN: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

#[derive(Debug)]
pub(super) struct Root {
    pub(super) handle: File,
    pub(super) unfinished: Unfinished,
    /// Our user id, as reported for the files that we create.
    us: u32,
    disk: u64,
    number: u64,
}

/// What a folder holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contents {
    Nothing,
    /// Folders for records.
    Shards,
    /// Something that we did not make, or that cannot be listed.
    Foreign,
}

impl Root {
    /// Opens a folder and removes the access of others. A folder on another disk than the given one is refused and left
    /// unchanged.
    pub(super) fn open(path: &Path, durable: bool, disk: Option<u64>) -> Result<Self, FolderError> {
        let unwritable = |error: io::Error| FolderError::Unwritable { path: path.to_owned(), source: error };
        let handle = match openat(CWD, path, OPEN, Mode::empty()) {
            Ok(handle) => File::from(handle),
            Err(Errno::NOTDIR | Errno::LOOP) => return Err(FolderError::NotAFolder { path: path.to_owned() }),
            Err(error) => return Err(unwritable(error.into())),
        };
        let found = handle.metadata().map_err(unwritable)?;
        if disk.is_some_and(|disk| disk != found.dev()) {
            return Err(FolderError::OtherDisk { path: path.to_owned() });
        }
        let unfinished = Unfinished::new(durable);
        let us = unfinished.probe(&handle).map_err(unwritable)?.uid();
        let root = Self { handle, unfinished, us, disk: found.dev(), number: found.ino() };
        if !root.trusts(found.uid()) {
            return Err(FolderError::Foreign { path: path.to_owned(), owner: found.uid(), us });
        }
        root.close_to_others(path, found.permissions().mode() & 0o7777)?;
        Ok(root)
    }

    /// Removes the access of others, if that harms nobody: the folder is empty, or holds nothing but shards. A folder that
    /// others could write to must hold no shards either, because their sessions may be forged. A fresh checkout, for
    /// example, is often writable by the group. What is refused is left unchanged.
    fn close_to_others(&self, path: &Path, mode: u32) -> Result<(), FolderError> {
        if mode == MODE {
            return Ok(());
        }
        let path = || path.to_owned();
        let contents = self.contents();
        if contents == Contents::Foreign {
            return Err(FolderError::InUse { path: path(), mode });
        }
        if mode & WRITABLE != 0 && contents == Contents::Shards {
            return Err(FolderError::Writable { path: path(), mode });
        }
        let unclosable = |source| FolderError::Unclosable { path: path(), source };
        let change = |mode| self.handle.set_permissions(Permissions::from_mode(mode)).map_err(unclosable);
        change(MODE)?;
        if self.handle.metadata().map_err(unclosable)?.permissions().mode() & OTHERS != 0 {
            return Err(unclosable(io::ErrorKind::Unsupported.into()));
        }
        // Only now can nothing be added any more.
        if mode & WRITABLE != 0 && self.contents() != Contents::Nothing {
            // Restore the mode, so that the next start does not take the folder for a safe one.
            change(mode)?;
            return Err(FolderError::Writable { path: path(), mode });
        }
        Ok(())
    }

    /// What the folder holds, besides what keeps it in a repository and what a process leaves that dies at startup.
    fn contents(&self) -> Contents {
        let is_shard =
            |name: &str| name.len() == 2 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let Ok(entries) = Dir::read_from(&self.handle) else { return Contents::Foreign };
        let mut contents = Contents::Nothing;
        for entry in entries {
            let Ok(entry) = entry else { return Contents::Foreign };
            match entry.file_name().to_str() {
                Ok("." | ".." | ".gitignore" | ".gitkeep") => {}
                Ok(name) if Unfinished::is(name) => {}
                Ok(name) if is_shard(name) => contents = Contents::Shards,
                _ => return Contents::Foreign,
            }
        }
        contents
    }

    /// True if files of this user are trusted: the user is us, or root, which can do anything.
    pub(super) const fn trusts(&self, user: u32) -> bool {
        user == self.us || user == 0
    }

    /// True if this is the folder with that device and inode number.
    pub(super) const fn is(&self, disk: u64, number: u64) -> bool {
        self.disk == disk && self.number == number
    }

    pub(super) const fn disk(&self) -> u64 {
        self.disk
    }

    /// Opens a folder in this one. Returns `None` for a link, or for a folder that is not ours.
    pub(super) fn folder(&self, name: &str) -> io::Result<Option<File>> {
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        let is_link =
            || statat(&self.handle, name, flags).is_ok_and(|found| FileType::from_raw_mode(found.st_mode).is_symlink());
        let folder = match openat(&self.handle, name, OPEN, Mode::empty()) {
            Ok(folder) => File::from(folder),
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::NOTDIR | Errno::LOOP) if is_link() => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let is_ours = self.trusts(folder.metadata()?.uid());
        Ok(is_ours.then_some(folder))
    }

    /// Creates a folder in this one, unless it exists.
    pub(super) fn make(&self, name: &str) -> io::Result<()> {
        match mkdirat(&self.handle, name, Mode::RWXU) {
            Ok(()) => self.unfinished.settle(&self.handle),
            Err(Errno::EXIST) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
