//! The contents of a session, as plain values by key, with the rule for dotted keys implemented in the obvious, slow
//! way.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::tests::model::operation::Updater;

/// How long a value is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stay {
    Always,
    /// Until it was shown. The number of the save that stored it, if it was saved.
    Flash(Option<u64>),
    /// Until this second.
    Until(u64),
}

impl Stay {
    pub(super) const fn is_flash(self) -> bool {
        matches!(self, Self::Flash(_))
    }

    /// True if a request that loaded this save was handed the value to show.
    pub(super) fn is_handed(self, loaded: u64) -> bool {
        matches!(self, Self::Flash(Some(number)) if number <= loaded)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub(super) value: Value,
    pub(super) stay: Stay,
}

/// What happens to one key.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Put(Value),
    /// The whole key, however it is spelled.
    Set(Item),
    Forget,
    Push(Value),
    Add(i64),
    Update(Updater),
    /// The flash value of this save was shown.
    Age(u64),
}

/// The change does not fit the existing value.
#[derive(Debug)]
pub(super) struct Misfit;

/// Values by key. Expired values are treated as missing.
#[derive(Clone, Debug, Default)]
pub(super) struct Data(BTreeMap<String, Item>);

impl Data {
    /// Every value that has not expired, under its literal key.
    pub(super) fn live(&self, now: u64) -> BTreeMap<String, Item> {
        let is_live = |item: &Item| !matches!(item.stay, Stay::Until(end) if end <= now);
        self.0.iter().filter(|(_, item)| is_live(item)).map(|(key, item)| (key.clone(), item.clone())).collect()
    }

    /// The value under exactly this key.
    pub(super) fn literal(&self, key: &str, now: u64) -> Option<Item> {
        self.live(now).remove(key)
    }

    /// The value that a key refers to: a whole literal key wins, otherwise the dots lead into the value under the first
    /// part.
    pub(super) fn get(&self, key: &str, now: u64) -> Option<Item> {
        if let Some(item) = self.literal(key, now) {
            return Some(item);
        }
        let mut parts = key.split('.');
        let item = self.literal(parts.next()?, now).filter(|_| key.contains('.'))?;
        let mut value = &item.value;
        for part in parts {
            value = match value {
                Value::Object(map) => map.get(part)?,
                Value::Array(items) => items.get(part.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        Some(Item { value: value.clone(), stay: item.stay })
    }

    /// The value that a key refers to, if there is one. Null counts as none.
    fn present(&self, key: &str, now: u64) -> Option<Item> {
        self.get(key, now).filter(|item| !item.value.is_null())
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn insert(&mut self, key: &str, item: Item) {
        self.0.insert(key.to_owned(), item);
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// Notes the number of the save that stores what was flashed since the last one.
    pub(super) fn stamp(&mut self, number: u64) {
        for item in self.0.values_mut() {
            if item.stay == Stay::Flash(None) {
                item.stay = Stay::Flash(Some(number));
            }
        }
    }

    pub(super) fn apply(&mut self, key: &str, change: &Change, now: u64) -> Result<(), Misfit> {
        self.0 = self.live(now);
        match change {
            Change::Put(value) => self.write(key, value.clone(), Stay::Always),
            Change::Set(item) => {
                self.insert(key, item.clone());
                Ok(())
            }
            Change::Forget => {
                self.erase(key);
                Ok(())
            }
            Change::Push(value) => {
                let (mut list, stay) = match self.present(key, now) {
                    None => (Vec::new(), Stay::Always),
                    Some(Item { value: Value::Array(list), stay }) => (list, stay),
                    Some(_) => return Err(Misfit),
                };
                list.push(value.clone());
                self.write(key, Value::Array(list), stay)
            }
            Change::Add(amount) => {
                let (number, stay) = match self.present(key, now) {
                    None => (0, Stay::Always),
                    Some(item) => (item.value.as_i64().ok_or(Misfit)?, item.stay),
                };
                self.write(key, number.checked_add(*amount).ok_or(Misfit)?.into(), stay)
            }
            Change::Update(updater) => {
                let before = self.get(key, now);
                let stay = before.as_ref().map_or(Stay::Always, |item| item.stay);
                let value = updater.run(before.map_or(Value::Null, |item| item.value)).ok_or(Misfit)?;
                self.write(key, value, stay)
            }
            Change::Age(number) => {
                if self.0.get(key).is_some_and(|item| item.stay == Stay::Flash(Some(*number))) {
                    self.0.remove(key);
                }
                Ok(())
            }
        }
    }

    fn write(&mut self, key: &str, value: Value, stay: Stay) -> Result<(), Misfit> {
        let parts: Vec<&str> = key.split('.').collect();
        let (head, rest) = (parts[0], &parts[1..]);
        if rest.is_empty() || self.0.contains_key(key) {
            self.insert(key, Item { value, stay });
            return Ok(());
        }
        let before = self.0.get(head).cloned().unwrap_or(Item { value: Value::Null, stay });
        let value = with(before.value, rest, value).ok_or(Misfit)?;
        self.insert(head, Item { value, stay: before.stay });
        Ok(())
    }

    fn erase(&mut self, key: &str) {
        if self.0.remove(key).is_some() {
            return;
        }
        let parts: Vec<&str> = key.split('.').collect();
        if let (Some(item), false) = (self.0.get_mut(parts[0]), parts.len() == 1) {
            item.value = without(item.value.clone(), &parts[1..]);
        }
    }
}

/// A value with another value set at a path in it; `None` if the path leads past a list, or into text or a number.
fn with(value: Value, path: &[&str], new: Value) -> Option<Value> {
    let Some((first, rest)) = path.split_first() else { return Some(new) };
    match value {
        Value::Array(mut items) => {
            let index: usize = first.parse().ok()?;
            *items.get_mut(index)? = with(items.get(index)?.clone(), rest, new)?;
            Some(Value::Array(items))
        }
        other => {
            let mut map = match other {
                Value::Object(map) => map,
                Value::Null => Map::new(),
                _ => return None,
            };
            let inner = with(map.get(*first).cloned().unwrap_or(Value::Null), rest, new)?;
            map.insert((*first).to_owned(), inner);
            Some(Value::Object(map))
        }
    }
}

/// A value without what a path in it leads to.
fn without(value: Value, path: &[&str]) -> Value {
    let Some((first, rest)) = path.split_first() else { return value };
    match value {
        Value::Object(map) => {
            let pairs = map.into_iter().filter_map(|(key, inner)| match key == *first {
                true if rest.is_empty() => None,
                true => Some((key, without(inner, rest))),
                false => Some((key, inner)),
            });
            Value::Object(pairs.collect())
        }
        Value::Array(items) => {
            let items = items.into_iter().enumerate().filter_map(|(index, inner)| match first.parse() == Ok(index) {
                true if rest.is_empty() => None,
                true => Some(without(inner, rest)),
                false => Some(inner),
            });
            Value::Array(items.collect())
        }
        other => other,
    }
}
