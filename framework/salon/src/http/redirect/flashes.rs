//! What a redirect leaves in the session for the next page.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::session::{self, ErrorBag, Session};

/// Values, form input and errors, each combined from all calls of the builder.
#[derive(Clone, Debug)]
pub(super) struct Flashes {
    pub(super) values: Vec<(String, Value)>,
    input: Option<Value>,
    pub(super) errors: Vec<ErrorBag>,
}

impl Flashes {
    pub(super) const fn new() -> Self {
        Self { values: Vec::new(), input: None, errors: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty() && self.input.is_none() && self.errors.is_empty()
    }

    /// Adds form input. Only the fields of two objects can be combined; any other input replaces what was there.
    pub(super) fn add_input(&mut self, input: Value) {
        match (&mut self.input, input) {
            (Some(Value::Object(fields)), Value::Object(more)) => fields.extend(more),
            (first, input) => *first = Some(input),
        }
    }

    pub(super) fn store(self, session: &Session) -> session::Result<()> {
        for (key, value) in self.values {
            session.flash(&key, value)?;
        }
        if let Some(input) = self.input {
            session.flash_input(input)?;
        }
        if !self.errors.is_empty() {
            session.flash_errors(&combined(&self.errors))?;
        }
        Ok(())
    }
}

/// Combines bags of errors. If several have a field, the last one's messages count.
fn combined(bags: &[ErrorBag]) -> ErrorBag {
    let fields: BTreeMap<&str, &[String]> = bags.iter().flat_map(ErrorBag::iter).collect();
    let mut errors = ErrorBag::new();
    for (field, messages) in fields {
        messages.iter().for_each(|message| errors.add(field, message));
    }
    errors
}
