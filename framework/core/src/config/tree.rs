//! Trees of values and the paths through them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{ConfigError, Section};

/// The parts of a dotted key.
pub(super) type Path = Vec<String>;

/// Returns a section as a tree.
///
/// # Errors
/// Returns an error if the section is not a struct with named fields.
pub(super) fn of<T: Section>(section: &T) -> Result<Value, ConfigError> {
    let unusable = |source| Err(ConfigError::Defaults { section: T::NAME.to_owned(), source });
    match serde_json::to_value(section) {
        Ok(tree) if tree.is_object() => Ok(tree),
        Ok(_) => unusable(None),
        Err(source) => unusable(Some(source)),
    }
}

/// Splits a dotted key into its parts.
pub(super) fn path(key: &str) -> Path {
    key.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// Returns the value at a path.
pub(super) fn at<'a>(tree: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(tree, |tree, part| tree.as_object()?.get(part))
}

/// Returns the value at a path for modification.
pub(super) fn at_mut<'a>(tree: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    path.iter().try_fold(tree, |tree, part| tree.as_object_mut()?.get_mut(part))
}

/// Sets the value at a path, and creates the tables along it.
pub(super) fn set(tree: &mut Value, path: &[String], value: Value) {
    overlay(tree, path.iter().rev().fold(value, |value, key| Value::Object(Map::from_iter([(key.clone(), value)]))));
}

/// Merges one tree over another: table by table; everything else is replaced.
pub(super) fn overlay(tree: &mut Value, over: Value) {
    match (tree, over) {
        (Value::Object(table), Value::Object(over)) => {
            for (key, value) in over {
                overlay(table.entry(key).or_insert(Value::Null), value);
            }
        }
        (tree, over) => *tree = over,
    }
}

/// Returns the paths of everything that is not a table.
pub(super) fn leaves(tree: &Value) -> BTreeSet<Path> {
    fn walk(tree: &Value, path: &mut Path, leaves: &mut BTreeSet<Path>) {
        let Value::Object(table) = tree else {
            leaves.insert(path.clone());
            return;
        };
        for (key, value) in table {
            path.push(key.clone());
            walk(value, path, leaves);
            path.pop();
        }
    }
    let mut leaves = BTreeSet::new();
    walk(tree, &mut Vec::new(), &mut leaves);
    leaves
}

/// Converts a text to the kind of value that its default has: a number for a number, a list for a list. A text that
/// does not fit stays a text, for the section's type to reject.
pub(super) fn parse_like(model: &Value, text: &str) -> Value {
    match model {
        Value::Bool(_) => match text.to_ascii_lowercase().as_str() {
            "true" | "on" | "yes" | "1" => Value::Bool(true),
            "false" | "off" | "no" | "0" => Value::Bool(false),
            _ => text.into(),
        },
        Value::Number(_) => scalar(text).filter(Value::is_number).unwrap_or_else(|| text.into()),
        Value::Array(items) => {
            let model = items.first().unwrap_or(&Value::Null);
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            items.map(|item| parse_like(model, item)).collect()
        }
        Value::Null | Value::String(_) | Value::Object(_) => text.into(),
    }
}

/// Returns the number or boolean that a text represents, if it does.
fn scalar(text: &str) -> Option<Value> {
    serde_json::from_str::<Value>(text).ok().filter(|value| value.is_number() || value.is_boolean())
}

/// Returns the number or boolean that a text, or each text of a list, represents, if all of them do.
pub(super) fn parse_untyped(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) => scalar(text),
        Value::Array(items) if !items.is_empty() => items.iter().map(|item| scalar(item.as_str()?)).collect(),
        _ => None,
    }
}
