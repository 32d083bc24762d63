//! Files that are still being written: they have a temporary name until they are complete.

use std::{
    fs::{File, Metadata},
    io::{self, Write},
    sync::atomic::{AtomicU64, Ordering},
};

use rustix::{
    fs::{AtFlags, Mode, OFlags, openat, unlinkat},
    io::Errno,
};

/// The prefix of the names of unfinished files.
const PREFIX: &str = ".unfinished-";
/// Accessible to this user only.
const MODE: Mode = Mode::RUSR.union(Mode::WUSR);

/// Creates unfinished files, each with a unique name.
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

    /// True if a file of this name is unfinished.
    pub(super) fn is(name: &str) -> bool {
        name.starts_with(PREFIX)
    }

    /// Writes an unfinished file into a folder and returns its name.
    pub(super) fn write(&self, folder: &File, bytes: &[u8]) -> io::Result<String> {
        let (mut file, name) = self.make(folder)?;
        let written = file.write_all(bytes).and_then(|()| if self.durable { file.sync_data() } else { Ok(()) });
        if let Err(error) = written {
            let _ = unlinkat(folder, &name, AtFlags::empty());
            return Err(error);
        }
        Ok(name)
    }

    /// Checks that a folder is writable, and returns what the system notes about the files that we create there now: their
    /// owner, and the time by its clock.
    pub(super) fn probe(&self, folder: &File) -> io::Result<Metadata> {
        let (file, name) = self.make(folder)?;
        unlinkat(folder, &name, AtFlags::empty())?;
        file.metadata()
    }

    /// With `durable`, makes creations, renames and removals in a folder survive a power cut.
    pub(super) fn settle(&self, folder: &File) -> io::Result<()> {
        if self.durable { folder.sync_all() } else { Ok(()) }
    }

    fn make(&self, folder: &File) -> io::Result<(File, String)> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let name = format!("{PREFIX}{}-{number}", self.process);
            match openat(folder, &name, flags, MODE) {
                // Another process with the same id, in another container, may be writing that file, so it is left
                // alone.
                Err(Errno::EXIST) => {}
                made => return Ok((made?.into(), name)),
            }
        }
    }
}
