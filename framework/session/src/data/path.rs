//! The one rule for keys: a literal key wins; otherwise dots lead into the value under the first part.

use bytes::Bytes;
use salon_core::support::Clock;
use serde_json::{Map, Value};

use crate::{
    data::{
        bag::Bag,
        entry::{Entry, Mark},
        json,
    },
    error::{Error, Result},
};

/// Finds entries by their whole key.
pub(crate) trait Keyed {
    /// Returns the entry under exactly this key, unless it has expired.
    fn get(&self, key: &str, clock: &Clock) -> Option<Entry>;
}

impl Keyed for Bag {
    fn get(&self, key: &str, clock: &Clock) -> Option<Entry> {
        Self::get(self, key, clock)
    }
}

/// Returns the first part of a dotted key and the rest, unless there is an entry under the whole key.
fn split<'k>(entries: &impl Keyed, key: &'k str, clock: &Clock) -> Option<(&'k str, &'k str)> {
    let parts = key.split_once('.')?;
    entries.get(key, clock).is_none().then_some(parts)
}

/// Returns the whole key of the entry that a key leads into.
pub(crate) fn root<'k>(entries: &impl Keyed, key: &'k str, clock: &Clock) -> &'k str {
    split(entries, key, clock).map_or(key, |(head, _)| head)
}

/// Returns the value under a key.
pub(crate) fn read(entries: &impl Keyed, key: &str, clock: &Clock) -> Option<Entry> {
    if let Some(entry) = entries.get(key, clock) {
        return Some(entry);
    }
    let (head, rest) = key.split_once('.')?;
    let entry = entries.get(head, clock)?;
    let root: Value = serde_json::from_slice(&entry.json).ok()?;
    let value = rest.split('.').try_fold(&root, child)?;
    Some(Entry { mark: entry.mark, json: to_json(value) })
}

/// Sets the value under a key. A dotted key creates the objects that it leads through, but never replaces text, a
/// number or a list with one.
///
/// Part of a value keeps the mark of the value; `mark` is for a whole new one.
pub(crate) fn write(bag: &mut Bag, key: &str, json: Bytes, mark: Mark, clock: &Clock) -> Result<()> {
    let Some((head, rest)) = split(bag, key, clock) else {
        bag.set(key, Entry { mark, json });
        return Ok(());
    };
    json::check(key, key.split('.').skip(1).count(), &json)?;
    let (mark, mut root) = match bag.get(head, clock) {
        Some(entry) => (entry.mark, serde_json::from_slice(&entry.json).unwrap_or_default()),
        None => (mark, Value::Null),
    };
    *slot(&mut root, rest, key)? =
        serde_json::from_slice(&json).map_err(|source| Error::Encode { key: key.to_owned(), source })?;
    bag.set(head, Entry { mark, json: to_json(&root) });
    Ok(())
}

/// Removes the value under a key, if there is one.
pub(crate) fn erase(bag: &mut Bag, key: &str, clock: &Clock) {
    let Some((head, rest)) = split(bag, key, clock) else {
        bag.remove(key);
        return;
    };
    let Some(entry) = bag.get(head, clock) else { return };
    let Ok(mut root) = serde_json::from_slice::<Value>(&entry.json) else { return };
    if remove(&mut root, rest) {
        bag.set(head, Entry { mark: entry.mark, json: to_json(&root) });
    }
}

/// Returns what a key names within a value: a field of that name, or the end of a path.
pub(crate) fn find<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    value.get(key).or_else(|| key.split('.').try_fold(value, child))
}

/// Describes the kind of this value, for an error message.
const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Returns the JSON of a value that was parsed from JSON.
pub(crate) fn to_json(value: &Value) -> Bytes {
    Bytes::from(value.to_string())
}

fn child<'v>(value: &'v Value, part: &str) -> Option<&'v Value> {
    match value {
        Value::Object(map) => map.get(part),
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        _ => None,
    }
}

/// Returns the place that a path leads to, and creates it if necessary.
fn slot<'v>(mut value: &'v mut Value, path: &str, key: &str) -> Result<&'v mut Value> {
    for part in path.split('.') {
        if value.is_null() {
            *value = Value::Object(Map::new());
        }
        value = match value {
            Value::Object(map) => map.entry(part).or_insert(Value::Null),
            Value::Array(items) => {
                part.parse::<usize>().ok().and_then(|index| items.get_mut(index)).ok_or_else(|| Error::WrongType {
                    key: key.to_owned(),
                    expected: "an object or an index of the list",
                    found: "a list",
                })?
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                let found = kind(value);
                return Err(Error::WrongType { key: key.to_owned(), expected: "an object to put it into", found });
            }
        };
    }
    Ok(value)
}

/// Removes what a path leads to. Returns true if there was anything.
pub(crate) fn remove(value: &mut Value, path: &str) -> bool {
    let (parent, last) = match path.rsplit_once('.') {
        Some((parents, last)) => (parents.split('.').try_fold(value, child_mut), last),
        None => (Some(value), path),
    };
    match parent {
        Some(Value::Object(map)) => map.remove(last).is_some(),
        Some(Value::Array(items)) => match last.parse::<usize>() {
            Ok(index) if index < items.len() => {
                items.remove(index);
                true
            }
            _ => false,
        },
        _ => false,
    }
}

fn child_mut<'v>(value: &'v mut Value, part: &str) -> Option<&'v mut Value> {
    match value {
        Value::Object(map) => map.get_mut(part),
        Value::Array(items) => items.get_mut(part.parse::<usize>().ok()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bag(pairs: &[(&str, &'static str)]) -> Bag {
        let mut bag = Bag::default();
        for (key, json) in pairs {
            bag.set(key, Entry::plain(Bytes::from_static(json.as_bytes())));
        }
        bag
    }

    fn text(bag: &Bag, key: &str) -> Option<String> {
        read(bag, key, &Clock::system()).map(|entry| String::from_utf8_lossy(&entry.json).into_owned())
    }

    fn put(bag: &mut Bag, key: &str, json: &'static str) -> Result<()> {
        write(bag, key, Bytes::from_static(json.as_bytes()), Mark::Plain, &Clock::system())
    }

    #[test]
    fn a_literal_key_wins_over_a_path() {
        let mut bag = bag(&[("user.name", "\"literal\""), ("user", r#"{"name":"nested"}"#)]);
        assert_eq!(text(&bag, "user.name").as_deref(), Some("\"literal\""));
        put(&mut bag, "user.name", "1").unwrap();
        assert_eq!(text(&bag, "user").as_deref(), Some(r#"{"name":"nested"}"#));
        erase(&mut bag, "user.name", &Clock::system());
        assert_eq!(text(&bag, "user.name").as_deref(), Some("\"nested\""));
    }

    #[test]
    fn a_path_makes_the_objects_on_its_way() {
        let mut bag = bag(&[("user", "null")]);
        put(&mut bag, "user.address.city", "\"Paris\"").unwrap();
        put(&mut bag, "shop.open", "true").unwrap();
        assert_eq!(text(&bag, "user").as_deref(), Some(r#"{"address":{"city":"Paris"}}"#));
        assert_eq!(text(&bag, "shop.open").as_deref(), Some("true"));
    }

    #[test]
    fn a_path_never_replaces_text_or_a_number() {
        let mut bag = bag(&[("user", "7"), ("address", r#"{"city":"Paris"}"#)]);
        for key in ["user.name", "address.city.name"] {
            assert!(matches!(put(&mut bag, key, "1"), Err(Error::WrongType { .. })), "{key}");
        }
        assert_eq!(text(&bag, "user").as_deref(), Some("7"));
        assert_eq!(text(&bag, "address.city").as_deref(), Some("\"Paris\""));
    }

    #[test]
    fn a_path_reaches_into_lists_by_index_and_never_replaces_them() {
        let mut bag = bag(&[("cart", r#"[{"n":1},{"n":2}]"#)]);
        assert_eq!(text(&bag, "cart.1.n").as_deref(), Some("2"));
        put(&mut bag, "cart.0.n", "9").unwrap();
        assert!(matches!(put(&mut bag, "cart.total", "1"), Err(Error::WrongType { .. })));
        assert!(matches!(put(&mut bag, "cart.2", "1"), Err(Error::WrongType { .. })));
        erase(&mut bag, "cart.1", &Clock::system());
        assert_eq!(text(&bag, "cart").as_deref(), Some(r#"[{"n":9}]"#));
    }

    #[test]
    fn erasing_what_is_not_there_changes_nothing() {
        let mut bag = bag(&[("user", r#"{"name":"Ada"}"#)]);
        for key in ["user.age", "user.name.first", "nobody", "nobody.name"] {
            erase(&mut bag, key, &Clock::system());
        }
        assert_eq!(text(&bag, "user").as_deref(), Some(r#"{"name":"Ada"}"#));
    }
}
