//! What a redirect leaves in the session for the next page.

use serde_json::Value;

use crate::{
    session::{self, Session},
    validation::ErrorBag,
};

/// Values, form input and errors, each combined from all calls of the builder.
#[derive(Clone, Debug)]
pub(super) struct Flashes {
    pub(super) values: Vec<(String, Value)>,
    input: Option<Value>,
    /// The errors with the names of their bags; without a name, those of the default bag.
    errors: Vec<(Option<String>, ErrorBag)>,
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

    pub(super) fn add_errors(&mut self, bag: Option<String>, errors: ErrorBag) {
        self.errors.push((bag, errors));
    }

    /// Flashes everything. The session merges what it has flashed before with what is added.
    pub(super) fn store(self, session: &Session) -> session::Result<()> {
        for (key, value) in self.values {
            session.flash(&key, value)?;
        }
        if let Some(input) = self.input {
            session.flash_input(input)?;
        }
        self.errors.into_iter().try_for_each(|(bag, errors)| match bag {
            Some(bag) => session.flash_errors_in(bag, &errors),
            None => session.flash_errors(&errors),
        })
    }
}
