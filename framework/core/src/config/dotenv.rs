//! Reads the file `.env` without changing the process's environment.

use std::{cell::Cell, collections::BTreeMap, fs, io, path::Path};

use super::ConfigError;

/// Returns the names and values of a `.env` file, or none if there is no file. A later line overrides an earlier one.
pub(super) fn read(path: &Path) -> Result<BTreeMap<String, String>, ConfigError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(source) => return Err(ConfigError::Unreadable { path: path.to_owned(), source }),
    };
    let count = Cell::new(0);
    let lines = Lines { rest: text.trim_start_matches('\u{feff}').as_bytes(), count: &count };
    dotenvy::from_read_iter(lines)
        .collect::<Result<_, _>>()
        .map_err(|error| ConfigError::Dotenv { path: path.to_owned(), line: first_line(&error, count.get()) })
}

/// Returns the line on which an unreadable entry starts, given the line at which reading stopped.
fn first_line(error: &dotenvy::Error, last: usize) -> usize {
    match error {
        dotenvy::Error::LineParse(entry, _) => last.saturating_sub(entry.trim_end().matches('\n').count()),
        _ => last,
    }
}

/// Provides one line per read, so that a line number can be added to the parser's errors, which lack it.
struct Lines<'a> {
    rest: &'a [u8],
    count: &'a Cell<usize>,
}

impl io::Read for Lines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let line = self.rest.iter().position(|&byte| byte == b'\n').map_or(self.rest.len(), |end| end + 1);
        let length = line.min(buffer.len());
        if length > 0 && length == line {
            self.count.set(self.count.get() + 1);
        }
        let (head, rest) = self.rest.split_at(length);
        buffer[..length].copy_from_slice(head);
        self.rest = rest;
        Ok(length)
    }
}
