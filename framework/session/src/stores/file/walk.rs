//! A walk through all files, folder by folder, that can be interrupted and resumed.

use std::sync::Arc;

use rustix::fs::Dir;

use crate::{
    contract::{Digest, StoreError, StoreResult},
    stores::file::{folder::Folder, shard::Shard, unfinished::Unfinished},
};

/// What a file is, judged by its name.
#[derive(Debug)]
pub(super) enum Name {
    Record(Digest),
    Unfinished(String),
    /// Not written by us.
    Foreign,
}

#[derive(Debug, Default)]
pub(super) struct Walk {
    /// The first byte of the digests in the next folder.
    next: u16,
    /// The current folder, and the names that are left in it.
    here: Option<(Arc<Shard>, Dir)>,
    /// How many names have been visited.
    pub(super) passed: u64,
    /// The last error on the way, which is reported at the end.
    pub(super) failure: Option<StoreError>,
}

impl Walk {
    /// A walk that begins at the folder of digests with this first byte.
    pub(super) fn from(folder: u8) -> Self {
        Self { next: folder.into(), ..Self::default() }
    }

    /// The folder of the file that was returned last: the first byte of its digest.
    pub(super) const fn folder(&self) -> u16 {
        self.next.saturating_sub(1)
    }

    /// Returns the next file and its folder. After an error, the walk continues with the next folder.
    pub(super) fn next(&mut self, folder: &Folder) -> StoreResult<Option<(Arc<Shard>, Name)>> {
        loop {
            let Some((shard, names)) = &mut self.here else {
                let Ok(byte) = u8::try_from(self.next) else { return Ok(None) };
                self.next += 1;
                if let Some(shard) = folder.shard(&format!("{byte:02x}"))? {
                    let names = shard.names()?;
                    self.here = Some((Arc::new(shard), names));
                }
                continue;
            };
            match names.read().transpose() {
                Ok(Some(entry)) => {
                    let name = entry.file_name().to_bytes();
                    if name != b"." && name != b".." {
                        self.passed += 1;
                        return Ok(Some((Arc::clone(shard), Name::read(self.next - 1, name))));
                    }
                }
                Ok(None) => self.here = None,
                Err(error) => {
                    self.here = None;
                    return Err(error.into());
                }
            }
        }
    }

    /// True if this walk is further ahead than the other.
    pub(super) fn is_ahead_of(&self, other: &Self) -> bool {
        (self.next, self.passed) > (other.next, other.passed)
    }
}

impl Name {
    fn read(folder: u16, name: &[u8]) -> Self {
        let name = String::from_utf8_lossy(name);
        if Unfinished::is(&name) {
            return Self::Unfinished(name.into_owned());
        }
        Digest::from_hex(&format!("{folder:02x}{name}")).map_or(Self::Foreign, Self::Record)
    }
}
