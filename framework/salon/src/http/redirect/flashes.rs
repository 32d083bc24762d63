//! What a redirect leaves in the session for the next page.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::session::{self, ErrorBag, Session};

/// Values, form input and errors, each combined from all calls of the builder.
#[derive(Clone, Debug)]
pub(super) struct Flashes {
    pub(super) values: Vec<(String, Value)>,
    input: Option<Value>,
    errors: Option<BTreeMap<String, Vec<String>>>,
}

impl Flashes {
    pub(super) const fn new() -> Self {
        Self { values: Vec::new(), input: None, errors: None }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty() && self.input.is_none() && self.errors.is_none()
    }

    /// Adds form input. Only the fields of two objects can be combined; any other input replaces what was there.
    pub(super) fn add_input(&mut self, input: Value) {
        match (&mut self.input, input) {
            (Some(Value::Object(fields)), Value::Object(more)) => fields.extend(more),
            (first, input) => *first = Some(input),
        }
    }

    pub(super) fn add_errors(&mut self, errors: &ErrorBag) {
        let fields = errors.iter().map(|(field, messages)| (field.to_owned(), messages.to_vec()));
        self.errors.get_or_insert_default().extend(fields);
    }

    pub(super) fn store(self, session: &Session) -> session::Result<()> {
        for (key, value) in self.values {
            session.flash(&key, value)?;
        }
        if let Some(input) = self.input {
            session.flash_input(input)?;
        }
        if let Some(fields) = self.errors {
            let mut errors = ErrorBag::new();
            for (field, message) in fields.iter().flat_map(|(field, messages)| messages.iter().map(move |m| (field, m)))
            {
                errors.add(field, message);
            }
            session.flash_errors(&errors)?;
        }
        Ok(())
    }
}
