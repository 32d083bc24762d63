//! One value of a session with its mark, and how both are laid out in bytes.

use bytes::Bytes;
use salon_core::support::{Clock, Timestamp};

/// How long a value stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Until it is removed.
    Plain,
    /// Until a request has shown it. `since` is the record's version that brought it; [`FRESH`] while unsaved.
    Flash { since: u64 },
    /// Until this moment.
    Temporary { until: Timestamp },
}

/// The version of a flash value that this request made: the save replaces it with the record's new version.
pub(crate) const FRESH: u64 = u64::MAX;

impl Mark {
    /// Whether the value came with a record of this version, for the request to show. What the request itself has flashed,
    /// and saved meanwhile, is newer.
    pub(crate) const fn is_handed_flash(self, loaded: u64) -> bool {
        matches!(self, Self::Flash { since } if since <= loaded)
    }

    pub(crate) const fn is_flash(self) -> bool {
        matches!(self, Self::Flash { .. })
    }

    pub(crate) const fn is_temporary(self) -> bool {
        matches!(self, Self::Temporary { .. })
    }

    pub(crate) fn is_expired(self, clock: &Clock) -> bool {
        matches!(self, Self::Temporary { until } if clock.now() >= until)
    }
}

/// A value as JSON text, with its mark. Unchanged values are copied from record to record without being parsed.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) mark: Mark,
    pub(crate) json: Bytes,
}

impl Entry {
    pub(crate) const fn plain(json: Bytes) -> Self {
        Self { mark: Mark::Plain, json }
    }
}

/// An entry where it lies in the encoded bytes.
#[derive(Clone, Copy)]
pub(crate) struct EntryRef<'a> {
    pub(crate) key: &'a str,
    pub(crate) mark: Mark,
    pub(crate) json: &'a [u8],
}

/// Bytes of the smallest entry: mark, two lengths, a digit.
pub(crate) const SMALLEST_ENTRY: usize = 1 + 4 + 4 + 1;

const PLAIN: u8 = 0;
const FLASH: u8 = 1;
const TEMPORARY: u8 = 2;

/// Appends an entry: mark, its number if it has one, key and value each after its length. All numbers little-endian.
pub(crate) fn encode(buffer: &mut Vec<u8>, entry: EntryRef<'_>, version: u64) {
    match entry.mark {
        Mark::Plain => buffer.push(PLAIN),
        Mark::Flash { since } => {
            buffer.push(FLASH);
            let since = if since == FRESH { version } else { since };
            buffer.extend_from_slice(&since.to_le_bytes());
        }
        Mark::Temporary { until } => {
            buffer.push(TEMPORARY);
            buffer.extend_from_slice(&until.as_milliseconds().to_le_bytes());
        }
    }
    put_slice(buffer, entry.key.as_bytes());
    put_slice(buffer, entry.json);
}

fn put_slice(buffer: &mut Vec<u8>, slice: &[u8]) {
    let length = u32::try_from(slice.len()).unwrap_or(u32::MAX);
    buffer.extend_from_slice(&length.to_le_bytes());
    buffer.extend_from_slice(slice);
}

/// Walks encoded entries; ends early at bytes that are none (see [`Entries::is_whole`]).
#[derive(Clone)]
pub(crate) struct Entries<'a> {
    rest: &'a [u8],
    broken: bool,
}

impl<'a> Entries<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, broken: false }
    }

    /// Whether the bytes are entries to their end, all keys being text.
    pub(crate) fn is_whole(bytes: &'a [u8]) -> bool {
        let mut entries = Self::new(bytes);
        entries.by_ref().for_each(drop);
        !entries.broken
    }

    /// The mark and the value under a key. Keys are compared as bytes, for that they are text was seen at the opening.
    pub(crate) fn find_key(mut self, key: &str) -> Option<(Mark, &'a [u8])> {
        while !self.rest.is_empty() {
            let (mark, found, json) = self.read_raw()?;
            if found == key.as_bytes() {
                return Some((mark, json));
            }
        }
        None
    }

    /// Whether any value is flash.
    pub(crate) fn has_flash(mut self) -> bool {
        while let Some((mark, ..)) = self.read_raw() {
            if mark.is_flash() {
                return true;
            }
        }
        false
    }

    /// The next entry as it lies there: its mark, its key and all of its bytes.
    pub(crate) fn next_raw(&mut self) -> Option<(Mark, &'a [u8], &'a [u8])> {
        let before = self.rest;
        let (mark, key, _) = self.read_raw()?;
        Some((mark, key, &before[..before.len() - self.rest.len()]))
    }

    fn read(&mut self) -> Option<EntryRef<'a>> {
        let (mark, key, json) = self.read_raw()?;
        Some(EntryRef { key: std::str::from_utf8(key).ok()?, mark, json })
    }

    fn read_raw(&mut self) -> Option<(Mark, &'a [u8], &'a [u8])> {
        let mark = match self.take(1)?[0] {
            PLAIN => Mark::Plain,
            FLASH => Mark::Flash { since: self.number()? },
            TEMPORARY => Mark::Temporary { until: Timestamp::from_milliseconds(self.number()?) },
            _ => return None,
        };
        Some((mark, self.slice()?, self.slice()?))
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u64> {
        self.take(8)?.try_into().ok().map(u64::from_le_bytes)
    }

    fn slice(&mut self) -> Option<&'a [u8]> {
        let length = self.take(4)?.try_into().ok().map(u32::from_le_bytes)?;
        self.take(usize::try_from(length).ok()?)
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = EntryRef<'a>;

    fn next(&mut self) -> Option<EntryRef<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let entry = self.read();
        if entry.is_none() {
            self.broken = true;
            self.rest = &[];
        }
        entry
    }
}
