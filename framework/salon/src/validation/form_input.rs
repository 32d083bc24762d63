//! Submitted forms: parsed into a type, and kept as the old input that is shown again.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::ErrorBag;

/// Parses a form into a type. An error is attached to the field that it is about.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ErrorBag> {
    serde_path_to_error::deserialize(serde_html_form::Deserializer::from_bytes(bytes))
        .map_err(|error| unreadable(&error))
}

/// Does the same for JSON.
pub(super) fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ErrorBag> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| unreadable(&error))?;
    // Something that is not JSON may follow the value.
    deserializer.end().map_err(|error| unreadable_at(".", &error))?;
    Ok(value)
}

/// Converts serde's error about a field that is missing or has the wrong type.
fn unreadable<E: std::error::Error>(error: &serde_path_to_error::Error<E>) -> ErrorBag {
    unreadable_at(&error.path().to_string(), error.inner())
}

fn unreadable_at(path: &str, error: &dyn std::error::Error) -> ErrorBag {
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

/// Returns the fields of the query and of the form as they were sent; a field of the form replaces one of the query. A
/// page such as `/login?next=/cart` may repeat them all, whether its form sends them in the address or as hidden fields.
pub(super) fn old_input(query: &str, form: &[u8]) -> Value {
    let mut input = fields(query.as_bytes());
    input.extend(fields(form));
    Value::Object(input)
}

/// Parses fields. One that was sent several times becomes a list.
fn fields(bytes: &[u8]) -> Map<String, Value> {
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
    input
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
    fn json_that_goes_on_after_its_end_cannot_be_read() {
        assert!(read_json::<Order>(b"{\"amount\":1} \n").is_ok());
        let errors = read_json::<Order>(br#"{"amount":1}{"amount":2}"#).unwrap_err();
        assert_eq!(errors.first(""), Some("The input could not be read."));
    }

    #[test]
    fn a_repeated_field_is_a_list() {
        assert_eq!(old_input("", b"a=1&b=x+y&a=2&a=3"), json!({ "a": ["1", "2", "3"], "b": "x y" }));
    }

    #[test]
    fn fields_of_the_query_are_kept_unless_the_form_has_them() {
        let input = old_input("next=%2Fcart&a=query&a=query", b"a=form&b=2");
        assert_eq!(input, json!({ "next": "/cart", "a": "form", "b": "2" }));
    }
}
