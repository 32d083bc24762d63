//! The journal: every change of a session is an operation, which is replayed if a parallel request saved first.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use salon_core::support::Clock;
use serde_json::Value;

use crate::{
    data::{
        bag::Bag,
        content::{Content, Space, own},
        entry::{Entry, Flashed, Mark},
        json, path,
    },
    error::{Error, Result},
};

/// Computes a value from the current one. It runs again if a parallel request saved first.
pub(crate) type Updater = Arc<dyn Fn(Option<&[u8]>) -> Result<Bytes> + Send + Sync>;

/// A change of one key.
#[derive(Clone)]
pub(crate) enum Change {
    Put(Bytes),
    /// Sets the whole key, with a mark: flash and temporary values.
    Set(Entry),
    Forget,
    /// Replaces exactly this value. If a parallel request has replaced it too, what that one put stays.
    Replace {
        old: Bytes,
        new: Bytes,
    },
    Push(Bytes),
    Add(i64),
    Update(Updater),
    /// Removes the flash value that came with this version, because it was shown.
    Age {
        since: u64,
    },
}

/// One step of a journal.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Key {
        space: Space,
        key: Box<str>,
        change: Change,
    },
    /// Removes all of the author's data.
    Flush,
    /// Makes the author's data exactly this.
    Replace(Vec<(String, Bytes)>),
}

impl Operation {
    /// Returns the removal of one of the author's keys.
    pub(crate) fn forget(key: &str) -> Self {
        Self::data(key, Change::Forget)
    }

    /// Returns a change of one of the author's keys.
    pub(crate) fn data(key: &str, change: Change) -> Self {
        Self::Key { space: Space::Data, key: key.into(), change }
    }

    /// Returns a change of one of the session's own keys.
    pub(crate) fn own(key: &str, change: Change) -> Self {
        Self::Key { space: Space::Own, key: key.into(), change }
    }

    /// True if this changes one of the author's keys, a part of its value, or a value that contains it.
    pub(crate) fn concerns(&self, key: &str) -> bool {
        let leads_to = |path: &str, start: &str| {
            path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        match self {
            Self::Key { space: Space::Data, key: changed, .. } => leads_to(key, changed) || leads_to(changed, key),
            Self::Key { .. } => false,
            Self::Flush | Self::Replace(_) => true,
        }
    }

    /// True if one of the author's keys holds the value of this request afterwards, whatever the store holds.
    pub(crate) fn decides(&self, key: &str) -> bool {
        let builds_on_what_was =
            matches!(self, Self::Key { change, .. } if change.is_computed() || matches!(change, Change::Age { .. }));
        self.concerns(key) && !builds_on_what_was
    }

    /// True if the session notes this by itself while a page is shown. Nobody misses it if it cannot be saved.
    pub(crate) fn is_bookkeeping(&self) -> bool {
        match self {
            Self::Key { change: Change::Age { .. }, .. } => true,
            Self::Key { space: Space::Own, key, .. } => **key == *own::PREVIOUS_URL,
            Self::Key { .. } | Self::Flush | Self::Replace(_) => false,
        }
    }

    /// Carries the operation out.
    pub(crate) fn apply(&self, content: &mut Content, clock: &Clock) -> Result<()> {
        match self {
            Self::Key { space, key, change } => change.apply(content.bag_mut(*space), key, clock),
            Self::Flush => {
                content.data.clear();
                // The input and the errors of a form are flash data too.
                for key in own::FLASHED {
                    content.own.remove(key);
                }
                Ok(())
            }
            Self::Replace(values) => {
                content.data.clear();
                for (key, json) in values {
                    content.data.set(key, Entry::plain(json.clone()));
                }
                Ok(())
            }
        }
    }
}

impl Change {
    /// True if the new value is computed from the current one.
    pub(crate) const fn is_computed(&self) -> bool {
        matches!(self, Self::Push(_) | Self::Add(_) | Self::Update(_))
    }

    /// True if the key holds the same after this as before.
    pub(crate) fn changes_nothing(&self, bag: &Bag, key: &str, clock: &Clock) -> bool {
        let found = path::read(bag, key, clock);
        match self {
            Self::Put(json) => found.is_some_and(|entry| entry.mark == Mark::Plain && entry.json == *json),
            Self::Forget => found.is_none(),
            Self::Set(_) | Self::Replace { .. } | Self::Push(_) | Self::Add(_) | Self::Update(_) | Self::Age { .. } => {
                false
            }
        }
    }

    pub(crate) fn apply(&self, bag: &mut Bag, key: &str, clock: &Clock) -> Result<()> {
        match self {
            Self::Put(json) => path::write(bag, key, json.clone(), Mark::Plain, clock),
            Self::Set(entry) => {
                bag.set(key, entry.clone());
                Ok(())
            }
            Self::Forget => {
                path::erase(bag, key, clock);
                Ok(())
            }
            Self::Replace { old, new } => {
                if let Some(entry) = bag.get(key, clock).filter(|entry| entry.json == *old) {
                    bag.set(key, Entry { json: new.clone(), ..entry });
                }
                Ok(())
            }
            Self::Push(json) => push(bag, key, json, clock),
            Self::Add(amount) => add(bag, key, *amount, clock).map(drop),
            Self::Update(updater) => update(bag, key, updater, clock),
            Self::Age { since } => {
                // A parallel request may have flashed another value under this key: only the one that was shown is
                // removed.
                if bag.get(key, clock).is_some_and(|entry| entry.mark == Mark::Flash(Flashed::In(*since))) {
                    bag.remove(key);
                }
                Ok(())
            }
        }
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Put(_) => "Put",
            Self::Set(_) => "Set",
            Self::Replace { .. } => "Replace",
            Self::Forget => "Forget",
            Self::Push(_) => "Push",
            Self::Add(_) => "Add",
            Self::Update(_) => "Update",
            Self::Age { .. } => "Age",
        })
    }
}

/// Adds to the integer under a key, starting at 0 if there is none. Returns the new number.
pub(crate) fn add(bag: &mut Bag, key: &str, amount: i64, clock: &Clock) -> Result<i64> {
    let (mark, current) = match present(bag, key, clock) {
        Some(entry) => (entry.mark, integer(&entry.json, key)?),
        None => (Mark::Plain, 0),
    };
    let sum = current.checked_add(amount).ok_or_else(|| Error::Overflow { key: key.to_owned() })?;
    path::write(bag, key, Bytes::from(sum.to_string()), mark, clock)?;
    Ok(sum)
}

fn integer(json: &[u8], key: &str) -> Result<i64> {
    let number = std::str::from_utf8(json).ok().and_then(|text| text.parse().ok());
    number.ok_or_else(|| match kind(json) {
        "a number" if json.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-') => {
            Error::Overflow { key: key.to_owned() }
        }
        found => Error::WrongType { key: key.to_owned(), expected: "a whole number", found },
    })
}

fn push(bag: &mut Bag, key: &str, json: &Bytes, clock: &Clock) -> Result<()> {
    json::check(key, 1, json)?;
    let Some(entry) = present(bag, key, clock) else {
        return path::write(bag, key, list_with(b"[", json), Mark::Plain, clock);
    };
    let list = match entry.json.strip_suffix(b"]") {
        Some(b"[") => list_with(b"[", json),
        Some(open) if open.starts_with(b"[") => list_with(&[open, b","].concat(), json),
        _ => {
            let found = kind(&entry.json);
            return Err(Error::WrongType { key: key.to_owned(), expected: "a list", found });
        }
    };
    path::write(bag, key, list, entry.mark, clock)
}

/// Appends a value without parsing the list: the JSON that this crate writes has no spaces around its brackets.
fn list_with(open: &[u8], json: &[u8]) -> Bytes {
    Bytes::from([open, json, b"]"].concat())
}

fn update(bag: &mut Bag, key: &str, updater: &Updater, clock: &Clock) -> Result<()> {
    let current = path::read(bag, key, clock);
    let json = updater(current.as_ref().map(|entry| &*entry.json))?;
    path::write(bag, key, json, current.map_or(Mark::Plain, |entry| entry.mark), clock)
}

/// Returns the entry under a key, unless it is null.
fn present(bag: &Bag, key: &str, clock: &Clock) -> Option<Entry> {
    path::read(bag, key, clock).filter(|entry| *entry.json != *b"null")
}

/// Describes the kind of this JSON, for an error message.
fn kind(json: &[u8]) -> &'static str {
    match json.first() {
        Some(b'"') => "text",
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b't' | b'f') => "true or false",
        Some(b'n') => "null",
        Some(b'-' | b'0'..=b'9') if json.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E')) => {
            "a number with a fraction"
        }
        Some(b'-' | b'0'..=b'9') => "a number",
        _ => "nothing readable",
    }
}

/// Returns the operations that remove the flash values which came with the record of this version and were not kept.
pub(crate) fn shown_flash_removals(content: &Content, loaded: u64, clock: &Clock) -> Vec<Operation> {
    let mut operations = Vec::new();
    for space in [Space::Data, Space::Own] {
        if !content.bag(space).may_have_flash() {
            continue;
        }
        for entry in content.bag(space).live(clock) {
            if let Mark::Flash(Flashed::In(since)) = entry.mark
                && entry.mark.is_flash_of_previous_request(loaded)
            {
                let change = Change::Age { since };
                operations.push(Operation::Key { space, key: entry.key.into(), change });
            }
        }
    }
    operations
}

/// Replays a journal on fresh content. An operation that no longer fits (an increment of what has become text) is left
/// out, and its error returned.
pub(crate) fn replay<'j>(
    journal: impl IntoIterator<Item = &'j Operation>,
    content: &mut Content,
    clock: &Clock,
) -> Vec<Error> {
    journal.into_iter().filter_map(|operation| operation.apply(content, clock).err()).collect()
}

/// Decodes a stored value. Returns `None` for null.
pub(crate) fn decode<T: serde::de::DeserializeOwned>(key: &str, json: &[u8]) -> Result<Option<T>> {
    if json == b"null" {
        return Ok(None);
    }
    serde_json::from_slice(json).map(Some).map_err(|source| Error::Decode { key: key.to_owned(), source })
}

/// Parses a stored value of any type.
pub(crate) fn value(json: &[u8]) -> Value {
    serde_json::from_slice(json).unwrap_or_default()
}
