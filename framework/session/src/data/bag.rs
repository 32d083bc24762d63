//! A bag of entries: the bytes that were loaded, and what has changed since.

use std::{borrow::Borrow, collections::BTreeMap};

use bytes::Bytes;
use salon_core::support::Clock;

use crate::data::entry::{Entries, Entry, EntryRef, encode};

/// Keys and values. A value is parsed only when it is read, and an entry that nobody touched is copied as bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bag {
    base: Bytes,
    /// The entries that were set since, or removed (`None`).
    changes: BTreeMap<Key, Option<Entry>>,
}

/// A key that is compared by its bytes, so that a key in the encoded entries need not be checked as text first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key(Box<str>);

/// Valid, because text is ordered as its bytes are.
impl Borrow<[u8]> for Key {
    fn borrow(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl Bag {
    /// Opens encoded entries. Returns `None` if the bytes are something else.
    pub(crate) fn open(base: Bytes) -> Option<Self> {
        Entries::is_whole(&base).then(|| Self { base, changes: BTreeMap::new() })
    }

    /// Returns the entry under exactly this key, unless it has expired.
    pub(crate) fn get(&self, key: &str, clock: &Clock) -> Option<Entry> {
        let entry = match self.changes.get(key.as_bytes()) {
            Some(change) => change.clone()?,
            None => {
                let (mark, json) = Entries::new(&self.base).find_key(key)?;
                Entry { mark, json: self.base.slice_ref(json) }
            }
        };
        (!entry.mark.is_expired(clock)).then_some(entry)
    }

    pub(crate) fn set(&mut self, key: &str, entry: Entry) {
        match self.changes.get_mut(key.as_bytes()) {
            Some(change) => *change = Some(entry),
            None => {
                self.changes.insert(Key(key.into()), Some(entry));
            }
        }
    }

    pub(crate) fn remove(&mut self, key: &str) {
        if Entries::new(&self.base).find_key(key).is_some() {
            self.changes.insert(Key(key.into()), None);
        } else {
            self.changes.remove(key.as_bytes());
        }
    }

    /// Notes that everything was saved as this version, which what this request has flashed now belongs to.
    pub(crate) fn stamp(&mut self, version: u64) {
        for entry in self.changes.values_mut().flatten() {
            entry.mark = entry.mark.saved_in(version);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.base = Bytes::new();
        self.changes.clear();
    }

    /// True if there may be a flash value. This is cheaper than to look for one.
    pub(crate) fn may_have_flash(&self) -> bool {
        let is_flash = |change: &Option<Entry>| change.as_ref().is_some_and(|entry| entry.mark.is_flash());
        Entries::new(&self.base).has_flash() || self.changes.values().any(is_flash)
    }

    /// Returns every entry that has not expired.
    pub(crate) fn live<'a>(&'a self, clock: &'a Clock) -> impl Iterator<Item = EntryRef<'a>> {
        self.entries().filter(|entry| !entry.mark.is_expired(clock))
    }

    /// Returns every entry, and changed ones in their new state.
    fn entries(&self) -> impl Iterator<Item = EntryRef<'_>> {
        let kept = Entries::new(&self.base).filter(|entry| !self.changes.contains_key(entry.key.as_bytes()));
        kept.chain(self.changed())
    }

    /// Returns the entries that were set since.
    fn changed(&self) -> impl Iterator<Item = EntryRef<'_>> {
        self.changes.iter().filter_map(|(Key(key), change)| {
            change.as_ref().map(|entry| EntryRef { key, mark: entry.mark, json: &entry.json })
        })
    }

    /// True if there is no entry that has not expired.
    pub(crate) fn is_empty(&self, clock: &Clock) -> bool {
        self.live(clock).next().is_none()
    }

    /// Appends the entries, as the record of this version must hold them. If anything has changed, expired entries are
    /// left out.
    pub(crate) fn encode(&self, buffer: &mut Vec<u8>, version: u64, clock: &Clock) {
        if self.changes.is_empty() {
            buffer.extend_from_slice(&self.base);
            return;
        }
        let mut entries = Entries::new(&self.base);
        while let Some((mark, key, bytes)) = entries.next_raw() {
            if !self.changes.contains_key(key) && !mark.is_expired(clock) {
                buffer.extend_from_slice(bytes);
            }
        }
        self.changed().filter(|entry| !entry.mark.is_expired(clock)).for_each(|entry| encode(buffer, entry, version));
    }

    /// Returns an upper limit of the encoded size.
    pub(crate) fn size_hint(&self) -> usize {
        const OVERHEAD: usize = 17;
        let changed: usize = self
            .changes
            .iter()
            .map(|(Key(key), change)| OVERHEAD + key.len() + change.as_ref().map_or(0, |entry| entry.json.len()))
            .sum();
        self.base.len() + changed
    }
}
