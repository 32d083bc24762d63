//! A way through all files, folder by folder, that can be left and taken up again.

use std::sync::Arc;

use rustix::fs::Dir;

use crate::{
    contract::error::{BoxError, StoreResult},
    contract::id::Digest,
    stores::file::{folder::Folder, shard::Shard, unfinished::Unfinished},
};

/// What a file is, by its name.
#[derive(Debug)]
pub(super) enum Name {
    Record(Digest),
    Unfinished(String),
    /// None of ours.
    Foreign,
}

#[derive(Debug, Default)]
pub(super) struct Walk {
    /// The first byte of the digests in the next folder.
    next: u16,
    /// The folder that it is in, and the names that are left there.
    here: Option<(Arc<Shard>, Dir)>,
    /// How many names it has come by.
    pub(super) passed: u64,
    /// What went wrong on the way, to be told at the end.
    pub(super) failure: Option<BoxError>,
}

impl Walk {
    /// A way that begins at the folder of digests with this first byte.
    pub(super) fn from(folder: u8) -> Self {
        Self { next: folder.into(), ..Self::default() }
    }

    /// The folder of the file that it came by last: the first byte of its digest.
    pub(super) const fn folder(&self) -> u16 {
        self.next.saturating_sub(1)
    }

    /// The next file, and the folder that it is in. After an error it goes on in the next folder.
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

    /// Whether it has come further than another.
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
