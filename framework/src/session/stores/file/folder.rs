//! The folder on disk: names, modes, locks, and writes that are whole or not at all.
//!
//! A new file is written beside the old one and exchanged with it (`renameat2`), which on ext4 is some hundred times
//! faster than renaming over it, for that flushes the data first. After a power cut a file may therefore be torn; its
//! checksum tells. `durable` flushes instead.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, ErrorKind, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime},
};

use rustix::{
    fs::{CWD, OFlags, RenameFlags, renameat_with},
    io::Errno,
};

use crate::session::{error::BoxError, id::Digest};

/// Only this user.
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
/// How the names of unfinished files begin.
const UNFINISHED: &str = ".unfinished-";
/// An unfinished file this old belongs to a process that died.
const LEFT_OVER_AFTER: Duration = Duration::from_secs(3600);
/// No record is larger: what is, was not written by us.
const LARGEST: u64 = 64 << 20;

#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    durable: bool,
    next: AtomicU64,
}

/// Held while a digest's file is read and replaced, against threads and processes alike; the system lets go of it with us.
pub(super) struct Lock(#[expect(dead_code, reason = "dropping it unlocks")] File);

impl Folder {
    pub(super) fn open(root: &Path, durable: bool) -> Result<Self, BoxError> {
        let shown = root.display();
        let found = fs::symlink_metadata(root);
        match found {
            Ok(found) if found.is_dir() => {
                fs::set_permissions(root, Permissions::from_mode(FOLDER_MODE))
                    .map_err(|error| format!("the folder {shown} is not this user's own ({error}): give it to this user, or set `files` in config/session.toml to another folder"))?;
            }
            Ok(_) => return Err(format!("{shown} is no folder (a link is not followed): move it away, or set `files` in config/session.toml to another folder").into()),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                make_folder(root, true).map_err(|error| unwritable(root, &error))?;
            }
            Err(error) => return Err(unwritable(root, &error)),
        }
        let folder = Self { root: root.to_owned(), durable, next: AtomicU64::new(0) };
        let (probe, path) = folder.unfinished(root).map_err(|error| unwritable(root, &error))?;
        drop(probe);
        fs::remove_file(path).map_err(|error| unwritable(root, &error))?;
        Ok(folder)
    }

    pub(super) fn read(&self, digest: &Digest) -> io::Result<Option<Vec<u8>>> {
        let Some(file) = self.open_file(digest)? else { return Ok(None) };
        let mut bytes = Vec::new();
        file.take(LARGEST).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// The file's first bytes.
    pub(super) fn read_head(&self, digest: &Digest, length: usize) -> io::Result<Option<Vec<u8>>> {
        let Some(file) = self.open_file(digest)? else { return Ok(None) };
        let mut bytes = Vec::with_capacity(length);
        file.take(length as u64).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Writes a new file; `false` if there is one.
    pub(super) fn create(&self, digest: &Digest, bytes: &[u8]) -> io::Result<bool> {
        let (shard, path) = self.place(digest);
        let unfinished = self.write(&shard, bytes)?;
        match renameat_with(CWD, &unfinished, CWD, &path, RenameFlags::NOREPLACE) {
            Ok(()) => self.settle(&shard).map(|()| true),
            Err(Errno::EXIST) => fs::remove_file(&unfinished).map(|()| false),
            // A file system without exclusive rename has exclusive links.
            Err(Errno::INVAL | Errno::NOSYS) => {
                let linked = fs::hard_link(&unfinished, &path);
                let _ = fs::remove_file(&unfinished);
                match linked {
                    Ok(()) => self.settle(&shard).map(|()| true),
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
                    Err(error) => Err(error),
                }
            }
            Err(error) => {
                let _ = fs::remove_file(&unfinished);
                Err(error.into())
            }
        }
    }

    /// Writes a new file in the place of one that is there. Call under the lock.
    pub(super) fn replace(&self, digest: &Digest, bytes: &[u8]) -> io::Result<()> {
        let (shard, path) = self.place(digest);
        let unfinished = self.write(&shard, bytes)?;
        match renameat_with(CWD, &unfinished, CWD, &path, RenameFlags::EXCHANGE) {
            // Now the old record bears the unfinished name.
            // It is saved; should the old one stay behind, the collector removes it.
            Ok(()) => drop(fs::remove_file(&unfinished)),
            Err(Errno::INVAL | Errno::NOSYS) => fs::rename(&unfinished, &path)?,
            Err(error) => {
                let _ = fs::remove_file(&unfinished);
                return Err(error.into());
            }
        }
        self.settle(&shard)
    }

    /// Removes a file; whether there was one.
    pub(super) fn remove(&self, digest: &Digest) -> io::Result<bool> {
        let (shard, path) = self.place(digest);
        match fs::remove_file(path) {
            Ok(()) => self.settle(&shard).map(|()| true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Locks the folder that a digest's file is in.
    pub(super) fn lock(&self, digest: &Digest) -> io::Result<Lock> {
        let (shard, _) = self.place(digest);
        let folder = match File::open(&shard) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.make_shard(&shard)?;
                File::open(&shard)?
            }
            opened => opened?,
        };
        folder.lock()?;
        Ok(Lock(folder))
    }

    /// The digests that there are files for, folder by folder. A folder that vanished or cannot be read is passed over.
    pub(super) fn digests(&self) -> impl Iterator<Item = Digest> {
        self.digests_from(0)
    }

    /// As [`digests`](Self::digests), in the order of the folders, from the one of this first byte.
    pub(super) fn digests_from(&self, first: u8) -> impl Iterator<Item = Digest> {
        let shards = (first..=u8::MAX).map(|byte| format!("{byte:02x}"));
        let shards = shards.map(|prefix| (self.root.join(&prefix), prefix));
        shards.filter(|(shard, _)| is_folder(shard)).flat_map(|(shard, prefix)| {
            names(&shard).filter_map(move |name| Digest::from_hex(&format!("{prefix}{name}")))
        })
    }

    /// Removes unfinished files of processes that died.
    pub(super) fn sweep_leftovers(&self) -> io::Result<()> {
        for shard in self.shards() {
            for name in names(&shard).filter(|name| name.starts_with(UNFINISHED)) {
                let path = shard.join(name);
                let Ok(found) = fs::symlink_metadata(&path) else { continue };
                let age = found.modified().map(|written| SystemTime::now().duration_since(written).unwrap_or_default());
                if found.is_file() && age.is_ok_and(|age| age > LEFT_OVER_AFTER) {
                    match fs::remove_file(&path) {
                        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    }

    fn shards(&self) -> impl Iterator<Item = PathBuf> {
        let is_shard = |name: &String| name.len() == 2 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        names(&self.root).filter(is_shard).map(|name| self.root.join(name)).filter(|shard| is_folder(shard))
    }

    /// The folder and the file of a digest. Made of hexadecimal digits that we computed: no byte of a client's is in it.
    fn place(&self, digest: &Digest) -> (PathBuf, PathBuf) {
        let name = digest.to_hex();
        let (prefix, rest) = name.split_at(2);
        let shard = self.root.join(prefix);
        let path = shard.join(rest);
        (shard, path)
    }

    /// Opens a digest's file; never follows a link, never waits on a pipe.
    fn open_file(&self, digest: &Digest) -> io::Result<Option<File>> {
        let (_, path) = self.place(digest);
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
        match opened {
            Ok(file) if file.metadata()?.is_file() => Ok(Some(file)),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            // A link is not followed, and nobody waits for the other end of a socket.
            Err(error) if [Errno::LOOP, Errno::NXIO].contains(&errno(&error)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes an unfinished file; its path.
    fn write(&self, shard: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
        let (mut file, path) = match self.unfinished(shard) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.make_shard(shard)?;
                self.unfinished(shard)?
            }
            made => made?,
        };
        let written = file.write_all(bytes).and_then(|()| if self.durable { file.sync_data() } else { Ok(()) });
        if let Err(error) = written {
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        Ok(path)
    }

    fn unfinished(&self, shard: &Path) -> io::Result<(File, PathBuf)> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(FILE_MODE);
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let path = shard.join(format!("{UNFINISHED}{}-{number}", std::process::id()));
            match options.open(&path) {
                // Another process of the same number, in another container, may be writing it: that one is left alone.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                opened => return opened.map(|file| (file, path)),
            }
        }
    }

    fn make_shard(&self, shard: &Path) -> io::Result<()> {
        make_folder(shard, false)?;
        self.settle(&self.root)
    }

    /// Makes what was made, renamed or removed in a folder survive a power cut, if that is wanted.
    fn settle(&self, folder: &Path) -> io::Result<()> {
        if self.durable { File::open(folder)?.sync_all() } else { Ok(()) }
    }
}

fn errno(error: &io::Error) -> Errno {
    Errno::from_raw_os_error(error.raw_os_error().unwrap_or_default())
}

fn make_folder(path: &Path, with_parents: bool) -> io::Result<()> {
    if with_parents && let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    match DirBuilder::new().mode(FOLDER_MODE).create(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Whether it is a folder, and no link to one.
fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

/// The names in a folder; none if it cannot be read.
fn names(folder: &Path) -> impl Iterator<Item = String> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok())
}

fn unwritable(root: &Path, error: &io::Error) -> BoxError {
    let shown = root.display();
    format!("the folder {shown} cannot be written to ({error}): make it writable for this user, or set `files` in config/session.toml to another folder").into()
}
