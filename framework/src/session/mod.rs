//! STUB: only what the rooms `http` and `routing` ask of the session.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use serde::Serialize;
use serde_json::Value;

/// STUB.
#[derive(Clone, Debug, Default)]
pub struct Session(Arc<Mutex<BTreeMap<String, Value>>>);

/// STUB.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Errors(pub BTreeMap<String, Vec<String>>);

/// STUB.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// STUB.
    #[error("the session store is unavailable")]
    Unavailable,
    /// STUB.
    #[error("the value cannot be stored")]
    Encode(#[from] serde_json::Error),
}

impl Error {
    /// STUB.
    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable)
    }
}

impl Session {
    /// STUB.
    #[must_use]
    pub fn peek(&self, key: &str) -> Option<Value> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// STUB.
    ///
    /// # Errors
    /// STUB.
    pub fn flash(&self, key: &str, value: impl Serialize) -> Result<(), Error> {
        let value = serde_json::to_value(value)?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), value);
        Ok(())
    }

    /// STUB.
    ///
    /// # Errors
    /// STUB.
    pub fn flash_input(&self, input: impl Serialize) -> Result<(), Error> {
        self.flash("_input", input)
    }

    /// STUB.
    ///
    /// # Errors
    /// STUB.
    pub fn flash_errors(&self, errors: &Errors) -> Result<(), Error> {
        self.flash("_errors", errors)
    }

    /// STUB.
    #[must_use]
    pub fn previous_url(&self) -> Option<String> {
        self.peek("_previous_url").and_then(|value| value.as_str().map(str::to_owned))
    }
}
