//! One value of a session with its mark, and how both are encoded.

use bytes::Bytes;
use salon_core::support::{Clock, Timestamp};

use crate::codec::Reader;

/// How long a value stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Until it is removed.
    Plain,
    /// Until a request has shown it, or could have.
    Flash(Flashed),
    /// Until this moment.
    Temporary { until: Timestamp },
}

/// The save that a flash value came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flashed {
    /// The next save: this request flashed it.
    Now,
    /// The save that made this version of the record.
    In(u64),
}

impl Mark {
    /// The mark of a value that this request flashes.
    pub(crate) const FLASHED: Self = Self::Flash(Flashed::Now);

    /// True if the value is a flash value that came with the record of version `loaded`, for this request to show. A
    /// value that the request itself has flashed and saved is newer.
    pub(crate) const fn is_flash_of_previous_request(self, loaded: u64) -> bool {
        matches!(self, Self::Flash(Flashed::In(version)) if version <= loaded)
    }

    pub(crate) const fn is_flash(self) -> bool {
        matches!(self, Self::Flash(_))
    }

    pub(crate) const fn is_temporary(self) -> bool {
        matches!(self, Self::Temporary { .. })
    }

    pub(crate) fn is_expired(self, clock: &Clock) -> bool {
        matches!(self, Self::Temporary { until } if clock.now() >= until)
    }

    /// Returns the mark after the record was saved as this version.
    pub(crate) const fn saved_in(self, version: u64) -> Self {
        match self {
            Self::Flash(Flashed::Now) => Self::Flash(Flashed::In(version)),
            mark => mark,
        }
    }
}

/// A value as JSON, with its mark. Unchanged values are copied from record to record without being parsed.
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

/// An entry that borrows from the encoded bytes.
#[derive(Clone, Copy)]
pub(crate) struct EntryRef<'a> {
    pub(crate) key: &'a str,
    pub(crate) mark: Mark,
    pub(crate) json: &'a [u8],
}

/// The size of the smallest entry in bytes: mark, two lengths, a digit.
pub(crate) const SMALLEST_ENTRY: usize = 1 + 4 + 4 + 1;

const PLAIN: u8 = 0;
const FLASH: u8 = 1;
const TEMPORARY: u8 = 2;

/// Appends an entry: the mark, its number if it has one, then the key and the value, each after its length. All numbers
/// are little-endian.
pub(crate) fn encode(buffer: &mut Vec<u8>, entry: EntryRef<'_>, version: u64) {
    match entry.mark {
        Mark::Plain => buffer.push(PLAIN),
        Mark::Flash(flashed) => {
            buffer.push(FLASH);
            let version = match flashed {
                Flashed::Now => version,
                Flashed::In(version) => version,
            };
            buffer.extend_from_slice(&version.to_le_bytes());
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

/// Iterates over encoded entries. It stops early at bytes that are not an entry; see [`Entries::is_whole`].
#[derive(Clone)]
pub(crate) struct Entries<'a> {
    reader: Reader<'a>,
    broken: bool,
}

impl<'a> Entries<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { reader: Reader::new(bytes), broken: false }
    }

    /// True if all the bytes are entries, and all keys are text.
    pub(crate) fn is_whole(bytes: &'a [u8]) -> bool {
        let mut entries = Self::new(bytes);
        entries.by_ref().for_each(drop);
        !entries.broken
    }

    /// Returns the mark and the value under a key. Keys are compared as bytes, because they were checked when the
    /// record was opened.
    pub(crate) fn find_key(mut self, key: &str) -> Option<(Mark, &'a [u8])> {
        while !self.reader.is_empty() {
            let (mark, found, json) = self.read_raw()?;
            if found == key.as_bytes() {
                return Some((mark, json));
            }
        }
        None
    }

    /// True if any value is flash.
    pub(crate) fn has_flash(mut self) -> bool {
        while let Some((mark, ..)) = self.read_raw() {
            if mark.is_flash() {
                return true;
            }
        }
        false
    }

    /// Returns the next entry as it is encoded: its mark, its key, and all its bytes.
    pub(crate) fn next_raw(&mut self) -> Option<(Mark, &'a [u8], &'a [u8])> {
        let before = self.reader.rest();
        let (mark, key, _) = self.read_raw()?;
        Some((mark, key, &before[..before.len() - self.reader.rest().len()]))
    }

    fn read(&mut self) -> Option<EntryRef<'a>> {
        let (mark, key, json) = self.read_raw()?;
        Some(EntryRef { key: std::str::from_utf8(key).ok()?, mark, json })
    }

    fn read_raw(&mut self) -> Option<(Mark, &'a [u8], &'a [u8])> {
        let mark = match self.reader.byte()? {
            PLAIN => Mark::Plain,
            FLASH => Mark::Flash(Flashed::In(self.reader.number()?)),
            TEMPORARY => Mark::Temporary { until: Timestamp::from_milliseconds(self.reader.number()?) },
            _ => return None,
        };
        Some((mark, self.reader.slice()?, self.reader.slice()?))
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = EntryRef<'a>;

    fn next(&mut self) -> Option<EntryRef<'a>> {
        if self.reader.is_empty() {
            return None;
        }
        let entry = self.read();
        if entry.is_none() {
            self.broken = true;
            self.reader = Reader::new(&[]);
        }
        entry
    }
}
