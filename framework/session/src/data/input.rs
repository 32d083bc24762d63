//! The form that did not pass: what was sent, without its secrets, and what was wrong with it. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What was wrong with a form: messages by field.
///
/// ```
/// use salon_session::ErrorBag;
///
/// let mut errors = ErrorBag::new();
/// errors.add("name", "Please tell us your name.");
/// assert_eq!(errors.first("name"), Some("Please tell us your name."));
/// assert!(!errors.has("message"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ErrorBag(BTreeMap<String, Vec<String>>);

impl ErrorBag {
    /// Nothing wrong yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Adds a message to a field.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.entry(field.into()).or_default().push(message.into());
    }

    /// All messages of a field.
    #[must_use]
    pub fn get(&self, field: &str) -> &[String] {
        self.0.get(field).map_or(&[], Vec::as_slice)
    }

    /// The first message of a field.
    #[must_use]
    pub fn first(&self, field: &str) -> Option<&str> {
        self.get(field).first().map(String::as_str)
    }

    /// Whether a field has a message.
    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fields with their messages, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(field, messages)| (field.as_str(), messages.as_slice()))
    }
}

/// What a field's name contains if its value must not be kept, not even for one request.
const SECRET: [&str; 9] =
    ["password", "passwd", "passphrase", "secret", "token", "credential", "cardnumber", "creditcard", "apikey"];

/// Words that say so only when they stand alone: `otp` does not make a secret of a `footprint`.
const SECRET_WORDS: [&str; 5] = ["cvc", "cvv", "otp", "pin", "pwd"];

/// Form input as it may be shown again: no passwords, no tokens, no card numbers, however deep.
pub(crate) fn without_secrets(input: Value) -> Value {
    match input {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(name, _)| !is_secret(name))
            .map(|(name, value)| (name, without_secrets(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_secrets).collect(),
        plain => plain,
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    SECRET.iter().any(|secret| letters.contains(secret)) || words.any(|word| SECRET_WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sr_38_secrets_are_never_among_the_old_input() {
        let input = json!({
            "name": "Ada", "password": "x", "password_confirmation": "x", "_token": "x", "current-password": "x",
            "apiKey": "x", "card_number": "x", "CVC": "x", "pin": "x", "otp_code": "x", "shipping": { "city": "London", "secret_word": "x" },
        });
        assert_eq!(without_secrets(input), json!({ "name": "Ada", "shipping": { "city": "London" } }));
    }

    #[test]
    fn ordinary_fields_stay() {
        let input = json!({ "opinion": "yes", "spinning": "1", "footprint": "9", "tags": ["a", "b"] });
        assert_eq!(without_secrets(input.clone()), input);
    }
}
