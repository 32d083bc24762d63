//! The folder of templates: whether anything in it has changed.

use std::{fs, io, path::Path, time::SystemTime};

/// What a look at the folder found: enough to tell that something is new, gone or changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    files: u64,
    bytes: u64,
    /// The sum of all times of change: any one that moves, moves it.
    changed: u128,
}

/// Looks at every file under a folder.
pub(super) fn stamp(folder: &Path) -> io::Result<Stamp> {
    let mut stamp = Stamp::default();
    add(folder, &mut stamp)?;
    Ok(stamp)
}

fn add(folder: &Path, stamp: &mut Stamp) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let found = fs::metadata(entry.path())?;
        if found.is_dir() {
            add(&entry.path(), stamp)?;
            continue;
        }
        let age = found.modified()?.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        stamp.files += 1;
        stamp.bytes = stamp.bytes.wrapping_add(found.len());
        stamp.changed = stamp.changed.wrapping_add(age.as_nanos());
    }
    Ok(())
}
