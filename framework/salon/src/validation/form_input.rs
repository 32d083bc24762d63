//! Submitted forms: parsed into a type, and kept as the old input that is shown again.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::session::ErrorBag;

/// Parses a form into a type. An error is attached to the field that it is about.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ErrorBag> {
    let deserializer = serde_html_form::Deserializer::from_bytes(bytes);
    serde_path_to_error::deserialize(deserializer)
        .map_err(|error| unreadable(&error.path().to_string(), &error.into_inner()))
}

/// Does the same for JSON.
pub(super) fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ErrorBag> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| unreadable(&error.path().to_string(), &error.into_inner()))
}

/// Converts serde's error about a field that is missing or has the wrong type.
fn unreadable(path: &str, error: &dyn std::error::Error) -> ErrorBag {
    let text = error.to_string();
    let missing = text.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    let mut errors = ErrorBag::new();
    match (missing, path) {
        (Some(field), ".") => errors.add(field, "This field is required."),
        (Some(field), path) => errors.add(format!("{path}.{field}"), "This field is required."),
        (None, ".") => errors.add("", "The input could not be read."),
        (None, field) => errors.add(field, "The format is invalid."),
    }
    errors
}

/// Returns the fields as they were sent. A field that was sent several times becomes a list.
pub(super) fn old_input(bytes: &[u8]) -> Value {
    let pairs: Vec<(String, String)> = serde_html_form::from_bytes(bytes).unwrap_or_default();
    let mut input = Map::new();
    for (field, value) in pairs {
        match input.get_mut(&field) {
            None => {
                input.insert(field, value.into());
            }
            Some(Value::Array(values)) => values.push(value.into()),
            Some(first) => *first = Value::Array(vec![first.take(), value.into()]),
        }
    }
    Value::Object(input)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Order {
        #[expect(dead_code, reason = "only its type matters here")]
        amount: u32,
    }

    #[test]
    fn a_field_of_the_wrong_type_gets_the_message() {
        assert!(read::<Order>(b"amount=many").unwrap_err().has("amount"));
        assert!(read_json::<Order>(br#"{"amount":"many"}"#).unwrap_err().has("amount"));
    }

    #[test]
    fn a_field_that_is_missing_gets_the_message() {
        assert_eq!(read::<Order>(b"").unwrap_err().first("amount"), Some("This field is required."));
        assert!(read_json::<Order>(b"{}").unwrap_err().has("amount"));
    }

    #[test]
    fn a_repeated_field_is_a_list() {
        assert_eq!(old_input(b"a=1&b=x+y&a=2&a=3"), json!({ "a": ["1", "2", "3"], "b": "x y" }));
    }
}
