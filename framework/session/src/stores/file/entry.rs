//! The file of a record, open for reading.

use std::{
    fs::File,
    io::{self, Read},
    os::{fd::OwnedFd, unix::fs::MetadataExt},
    time::{Duration, SystemTime},
};

use rustix::{
    fs::{Mode, OFlags, openat},
    io::Errno,
};

use crate::{codec::Head, stores::file::root::Root};

/// The most bytes of a file that are read. No record is larger, so a larger file was not written by us.
const MAX: u64 = 64 << 20;
/// Links are not followed, and opening a pipe does not wait for its other end.
const READ: OFlags = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);

pub(super) struct Entry {
    file: File,
    length: u64,
    written: Option<SystemTime>,
}

impl Entry {
    /// Opens a file in an open folder. Returns `None` for anything that is not a regular file or does not belong to us.
    pub(super) fn open(root: &Root, folder: &File, name: &str) -> io::Result<Option<Self>> {
        Self::of(root, found(openat(folder, name, READ, Mode::empty()))?)
    }

    /// Opens a file in a folder of the root without opening that folder first. The owner of the folder does not matter
    /// as long as the file is ours.
    pub(super) fn open_below(root: &Root, folder: &str, name: &str) -> io::Result<Option<Self>> {
        Self::of(root, open_below(root, folder, name)?)
    }

    fn of(root: &Root, file: Option<OwnedFd>) -> io::Result<Option<Self>> {
        let Some(file) = file.map(File::from) else { return Ok(None) };
        let found = file.metadata()?;
        let is_ours = found.is_file() && root.trusts(found.uid());
        Ok(is_ours.then(|| Self { file, length: found.len(), written: found.modified().ok() }))
    }

    pub(super) fn read(self) -> io::Result<Vec<u8>> {
        self.read_first(MAX)
    }

    /// Reads only as much as is needed to know what the record is and when it expires.
    pub(super) fn read_head(self) -> io::Result<Vec<u8>> {
        self.read_first(Head::LENGTH as u64)
    }

    fn read_first(self, length: u64) -> io::Result<Vec<u8>> {
        let length = self.length.min(length);
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        self.file.take(length).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// How long before `now` the file was written.
    pub(super) fn age(&self, now: SystemTime) -> Duration {
        self.written.and_then(|written| now.duration_since(written).ok()).unwrap_or_default()
    }
}

/// Opens the file in a single call where the system can refuse links anywhere in the path.
#[cfg(target_os = "linux")]
fn open_below(root: &Root, folder: &str, name: &str) -> io::Result<Option<OwnedFd>> {
    use rustix::fs::{ResolveFlags, openat2};
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    match openat2(&root.handle, format!("{folder}/{name}"), READ, Mode::empty(), resolve) {
        // The kernel is old, or a container forbids system calls that it does not know.
        Err(Errno::NOSYS | Errno::PERM) => open_in_two_steps(root, folder, name),
        opened => found(opened),
    }
}

#[cfg(not(target_os = "linux"))]
use open_in_two_steps as open_below;

fn open_in_two_steps(root: &Root, folder: &str, name: &str) -> io::Result<Option<OwnedFd>> {
    root.folder(folder)?.map_or(Ok(None), |folder| found(openat(folder, name, READ, Mode::empty())))
}

fn found(opened: rustix::io::Result<OwnedFd>) -> io::Result<Option<OwnedFd>> {
    match opened {
        Ok(file) => Ok(Some(file)),
        // Nothing there, a link, or a socket.
        Err(Errno::NOENT | Errno::LOOP | Errno::NXIO) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn a_system_that_cannot_open_in_one_step_opens_the_same_files() {
        let place = tempfile::tempdir().unwrap();
        let root = Root::open(place.path(), false, None).unwrap();
        let path = |name| place.path().join(name);
        for folder in ["00", "outside"] {
            fs::create_dir(path(folder)).unwrap();
        }
        for file in ["00/file", "outside/file", "01"] {
            fs::write(path(file), file).unwrap();
        }
        symlink(path("outside"), path("02")).unwrap();
        symlink(path("outside/file"), path("00/link")).unwrap();

        type Open = fn(&Root, &str, &str) -> io::Result<Option<OwnedFd>>;
        let opens: [Open; 2] = [open_below, open_in_two_steps];
        for open in opens {
            let is_there = |folder, name| open(&root, folder, name).unwrap().is_some();
            assert!(is_there("00", "file") && !is_there("00", "nothing") && !is_there("03", "file"));
            assert!(!is_there("00", "link") && !is_there("02", "file"), "a link is not followed");
            assert_eq!(open(&root, "01", "file").unwrap_err().kind(), io::ErrorKind::NotADirectory);
        }
    }
}
