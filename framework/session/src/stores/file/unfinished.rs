//! Files that are being written: they have a name of their own until they are whole.

use std::{
    fs::File,
    io::{self, Write},
    os::unix::fs::MetadataExt,
    sync::atomic::{AtomicU64, Ordering},
    time::SystemTime,
};

use rustix::{
    fs::{AtFlags, Mode, OFlags, openat, unlinkat},
    io::Errno,
};

/// How the names of unfinished files begin.
const PREFIX: &str = ".unfinished-";
/// Only this user.
const MODE: Mode = Mode::RUSR.union(Mode::WUSR);

/// Makes unfinished files, each under a name that no other has.
#[derive(Debug)]
pub(super) struct Unfinished {
    process: u32,
    next: AtomicU64,
    durable: bool,
}

impl Unfinished {
    pub(super) fn new(durable: bool) -> Self {
        Self { process: std::process::id(), next: AtomicU64::new(0), durable }
    }

    /// Whether a file of this name is unfinished.
    pub(super) fn is(name: &str) -> bool {
        name.starts_with(PREFIX)
    }

    /// Writes an unfinished file into a folder; its name.
    pub(super) fn write(&self, folder: &File, bytes: &[u8]) -> io::Result<String> {
        let (mut file, name) = self.make(folder)?;
        let written = file.write_all(bytes).and_then(|()| if self.durable { file.sync_data() } else { Ok(()) });
        if let Err(error) = written {
            let _ = unlinkat(folder, &name, AtFlags::empty());
            return Err(error);
        }
        Ok(name)
    }

    /// Tries whether a folder can be written to; who owns what we make.
    pub(super) fn probe(&self, folder: &File) -> io::Result<u32> {
        let (file, name) = self.make(folder)?;
        unlinkat(folder, &name, AtFlags::empty())?;
        Ok(file.metadata()?.uid())
    }

    /// The time by the clock that stamps a folder's files.
    pub(super) fn now(&self, folder: &File) -> io::Result<SystemTime> {
        let (file, name) = self.make(folder)?;
        unlinkat(folder, &name, AtFlags::empty())?;
        file.metadata()?.modified()
    }

    /// Makes what was made, renamed or removed in a folder survive a power cut, if that is wanted.
    pub(super) fn settle(&self, folder: &File) -> io::Result<()> {
        if self.durable { folder.sync_all() } else { Ok(()) }
    }

    fn make(&self, folder: &File) -> io::Result<(File, String)> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let name = format!("{PREFIX}{}-{number}", self.process);
            match openat(folder, &name, flags, MODE) {
                // Another process of the same number, in another container, may be writing it: that one is left alone.
                Err(Errno::EXIST) => {}
                made => return Ok((made?.into(), name)),
            }
        }
    }
}
