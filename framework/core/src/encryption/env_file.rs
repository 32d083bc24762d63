//! Edits `.env` files without touching other lines, and keeps them private on the disk.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use crate::support::Random;

/// Returns the text with this name set to this value: on the existing line, or else on a new line at the end.
pub fn with(text: &str, name: &str, value: &str) -> String {
    let is_it = |line: &str| {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line);
        line.split_once('=').is_some_and(|(found, _)| found.trim() == name)
    };
    let mut found = false;
    let mut changed = String::with_capacity(text.len() + name.len() + value.len() + 2);
    for line in text.lines() {
        if !is_it(line) {
            changed.push_str(line);
        } else if found {
            // A second assignment would override the first.
            continue;
        } else {
            found = true;
            changed.extend([name, "=", value]);
        }
        changed.push('\n');
    }
    if !found {
        changed.extend([name, "=", value, "\n"]);
    }
    changed
}

/// Returns the value of a name, if the text sets it.
pub fn get(text: &str, name: &str) -> Option<String> {
    dotenvy::from_read_iter(text.as_bytes()).flatten().filter(|(found, _)| found == name).last().map(|(_, value)| value)
}

/// Creates a file that only its owner can read.
///
/// # Errors
/// Returns an error if the file exists or cannot be written.
pub fn create(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(text.as_bytes())
}

/// Replaces the whole text of a file and keeps its permissions. A new file can only be read by its owner.
///
/// The text is written to a file beside it, which then takes its place, so that an interruption leaves the old text. The
/// name of that file is new each time: the file that an interrupted run leaves does not stop the next one, and no file
/// of somebody else is overwritten or removed.
///
/// # Errors
/// Returns an error if the file cannot be written. It is then unchanged.
pub fn replace(path: &Path, text: &str, random: &Random) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let next = path.with_extension(format!("next-{}", random.suffix().map_err(io::Error::other)?));
    let written = create(&next, text).and_then(|()| {
        if let Ok(metadata) = fs::metadata(&path) {
            fs::set_permissions(&next, metadata.permissions())?;
        }
        fs::rename(&next, &path)
    });
    // The first error is the one to report.
    written.inspect_err(|_| drop(fs::remove_file(&next)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_set_where_it_stands() {
        let text = "# the key\nAPP_KEY=\nAPP_NAME=Blog # APP_KEY=no\n";
        assert_eq!(with(text, "APP_KEY", "x"), "# the key\nAPP_KEY=x\nAPP_NAME=Blog # APP_KEY=no\n");
        assert_eq!(with("export APP_KEY = a\nAPP_KEY=b\nA=1", "APP_KEY", "x"), "APP_KEY=x\nA=1\n");
    }

    #[test]
    fn a_name_that_is_not_there_is_added() {
        assert_eq!(with("A=1", "APP_KEY", "x"), "A=1\nAPP_KEY=x\n");
        assert_eq!(with("# APP_KEY=\n", "APP_KEY", "x"), "# APP_KEY=\nAPP_KEY=x\n");
    }

    #[test]
    fn a_value_is_read_as_the_app_reads_it() {
        assert_eq!(get("A='x y' # z\nB=2\nA=3", "A").as_deref(), Some("3"));
        assert_eq!(get("A='x y' # z", "A").as_deref(), Some("x y"));
        assert_eq!(get("# A=1", "A"), None);
    }
}
