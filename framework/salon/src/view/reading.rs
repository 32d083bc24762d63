//! Reads the folder of templates, and detects changes in it.

use std::{
    fs::{self, Metadata},
    io,
    path::Path,
    time::SystemTime,
};

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
    visit(folder, &mut |_, found| {
        let age = found.modified()?.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        stamp.files += 1;
        stamp.bytes = stamp.bytes.wrapping_add(found.len());
        stamp.changed = stamp.changed.wrapping_add(age.as_nanos());
        Ok(())
    })?;
    Ok(stamp)
}

/// Reads every template, by its path from the folder.
pub(super) fn templates(folder: &Path) -> io::Result<Vec<(String, String)>> {
    let mut templates = Vec::new();
    visit(folder, &mut |path, _| {
        let Some(name) = path.strip_prefix(folder).ok().and_then(Path::to_str) else { return Ok(()) };
        let text = fs::read_to_string(path)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        templates.push((name.to_owned(), text));
        Ok(())
    })?;
    Ok(templates)
}

/// Calls a function with every file below a folder. Files and folders whose names begin with a dot are skipped: they
/// belong to editors, and some are links that lead nowhere.
fn visit(folder: &Path, act: &mut dyn FnMut(&Path, &Metadata) -> io::Result<()>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = entry.path();
        let found = fs::metadata(&path)?;
        if found.is_dir() { visit(&path, act)? } else { act(&path, &found)? }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_of_an_editor_is_not_a_template_and_not_an_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("errors")).unwrap();
        fs::write(folder.path().join("errors/404.html"), "gone").unwrap();
        let before = stamp(folder.path()).unwrap();
        std::os::unix::fs::symlink("ada@laptop.1234", folder.path().join("errors/.#404.html")).unwrap();
        assert_eq!(stamp(folder.path()).unwrap(), before);
        assert_eq!(templates(folder.path()).unwrap(), [("errors/404.html".to_owned(), "gone".to_owned())]);
    }
}
