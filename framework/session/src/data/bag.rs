//! A bag of entries: the bytes they were loaded as, and what has changed since.

use std::{borrow::Borrow, collections::BTreeMap};

use bytes::Bytes;
use salon_core::support::Clock;

use crate::data::entry::{Entries, Entry, EntryRef, encode};

/// Keys and values. A value is parsed only when somebody asks for it; a key that nobody touched is copied as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bag {
    base: Bytes,
    /// What was set or (`None`) removed since.
    changes: BTreeMap<Key, Option<Entry>>,
}

/// A key that is found by its bytes, so that one in the encoded entries need not be read as text first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key(Box<str>);

/// Text is ordered as its bytes are.
impl Borrow<[u8]> for Key {
    fn borrow(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl Bag {
    /// Opens encoded entries; `None` if that is not what they are.
    pub(crate) fn open(base: Bytes) -> Option<Self> {
        Entries::is_whole(&base).then(|| Self { base, changes: BTreeMap::new() })
    }

    /// The entry under exactly this key, unless its time is over.
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

    /// Notes that everything has been saved as this version: what this request flashed came with it.
    pub(crate) fn stamp(&mut self, version: u64) {
        for entry in self.changes.values_mut().flatten() {
            entry.mark = entry.mark.saved_in(version);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.base = Bytes::new();
        self.changes.clear();
    }

    /// Whether there may be a flash value: cheaper to ask than to look for one.
    pub(crate) fn may_have_flash(&self) -> bool {
        let is_flash = |change: &Option<Entry>| change.as_ref().is_some_and(|entry| entry.mark.is_flash());
        Entries::new(&self.base).has_flash() || self.changes.values().any(is_flash)
    }

    /// Every entry whose time is not over.
    pub(crate) fn live<'a>(&'a self, clock: &'a Clock) -> impl Iterator<Item = EntryRef<'a>> {
        self.entries().filter(|entry| !entry.mark.is_expired(clock))
    }

    /// Every entry, the changed ones in their new state.
    fn entries(&self) -> impl Iterator<Item = EntryRef<'_>> {
        let kept = Entries::new(&self.base).filter(|entry| !self.changes.contains_key(entry.key.as_bytes()));
        kept.chain(self.changed())
    }

    /// What was set since.
    fn changed(&self) -> impl Iterator<Item = EntryRef<'_>> {
        self.changes.iter().filter_map(|(Key(key), change)| {
            change.as_ref().map(|entry| EntryRef { key, mark: entry.mark, json: &entry.json })
        })
    }

    /// Whether there is nothing in it whose time is not over.
    pub(crate) fn is_empty(&self, clock: &Clock) -> bool {
        self.live(clock).next().is_none()
    }

    /// Appends the entries, as the record of this version is to hold them. Where something has changed, what is over leaves.
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

    /// How many bytes encoding will take at most.
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
