//! Reads the folder of templates, and detects changes in it.

use std::{fs, io, path::Path, time::SystemTime};

/// The state of the folder: enough to detect that a file is new, removed or changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    files: u64,
    bytes: u64,
    /// The sum of all modification times: if any of them changes, so does the sum.
    changed: u128,
}

/// Checks every file below a folder.
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

/// Reads every template, by its path from the folder. Files whose names begin with a dot belong to editors and are
/// skipped.
pub(super) fn templates(folder: &Path) -> io::Result<Vec<(String, String)>> {
    let mut templates = Vec::new();
    collect(folder, "", &mut templates)?;
    Ok(templates)
}

fn collect(folder: &Path, prefix: &str, templates: &mut Vec<(String, String)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| !name.starts_with('.')) else {
            continue;
        };
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            collect(&path, &format!("{name}/"), templates)?;
        } else {
            let text = fs::read_to_string(&path)
                .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
            templates.push((name, text));
        }
    }
    Ok(())
}
