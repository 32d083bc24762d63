//! The errors of a form.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The errors of a form: messages for each field.
///
/// ```
/// use salon_session::ErrorBag;
///
/// let mut errors = ErrorBag::new();
/// errors.add("name", "Enter your name.");
/// assert_eq!(errors.first("name"), Some("Enter your name."));
/// assert!(!errors.has("message"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ErrorBag(BTreeMap<String, Vec<String>>);

impl ErrorBag {
    /// Creates an empty bag.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Adds a message for a field.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.entry(field.into()).or_default().push(message.into());
    }

    /// Adds the messages of another bag. For a field that both have, those of the other bag replace the ones here.
    pub fn merge(&mut self, other: &Self) {
        self.0.extend(other.0.iter().map(|(field, messages)| (field.clone(), messages.clone())));
    }

    /// Returns all messages of a field.
    #[must_use]
    pub fn get(&self, field: &str) -> &[String] {
        self.0.get(field).map_or(&[], Vec::as_slice)
    }

    /// Returns the first message of a field.
    #[must_use]
    pub fn first(&self, field: &str) -> Option<&str> {
        self.get(field).first().map(String::as_str)
    }

    /// True if a field has a message.
    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// True if there are no messages.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the fields with their messages, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(field, messages)| (field.as_str(), messages.as_slice()))
    }
}
