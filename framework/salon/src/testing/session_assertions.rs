//! Assertions about the session after a response.

use serde::Serialize;
use serde_json::Value;

use super::TestResponse;
use crate::{session::Keys, validation::ErrorBag};

impl TestResponse {
    /// Asserts that the session has these keys, with values that are not null.
    ///
    /// # Panics
    /// Panics if a key is missing.
    #[track_caller]
    pub fn assert_session_has(&self, keys: impl Keys) -> &Self {
        for key in keys.each() {
            assert!(self.session.has(key), "the session does not have `{key}`; it has {:?}", self.session.all());
        }
        self
    }

    /// Asserts that the session has this value under this key.
    ///
    /// # Panics
    /// Panics if it has another value, or none.
    #[track_caller]
    pub fn assert_session_has_value(&self, key: &str, value: impl Serialize) -> &Self {
        let found: Option<Value> = self.session.get(key).ok().flatten();
        assert_eq!(found, serde_json::to_value(value).ok(), "unexpected session value `{key}`");
        self
    }

    /// Asserts that the session has none of these keys.
    ///
    /// # Panics
    /// Panics if a key exists.
    #[track_caller]
    pub fn assert_session_missing(&self, keys: impl Keys) -> &Self {
        for key in keys.each() {
            assert!(self.session.missing(key), "the session must not have `{key}`; it has {:?}", self.session.all());
        }
        self
    }

    /// Asserts that this value is flashed for the next page.
    ///
    /// # Panics
    /// Panics if another value is flashed, or none.
    #[track_caller]
    pub fn assert_flash(&self, key: &str, value: impl Serialize) -> &Self {
        let found: Option<Value> = self.session.get_flash(key).ok().flatten();
        assert_eq!(found, serde_json::to_value(value).ok(), "unexpected flash value `{key}`");
        self
    }

    /// Asserts that the next page will show errors for these form fields.
    ///
    /// # Panics
    /// Panics if a field has no error.
    #[track_caller]
    pub fn assert_errors(&self, fields: impl Keys) -> &Self {
        assert_has(&self.session.errors(), fields);
        self
    }

    /// Asserts that the next page will show errors for these form fields, in this bag.
    ///
    /// # Panics
    /// Panics if a field has no error.
    #[track_caller]
    pub fn assert_errors_in(&self, bag: &str, fields: impl Keys) -> &Self {
        assert_has(&self.session.errors_in(bag), fields);
        self
    }

    /// Asserts that no form field has an error.
    ///
    /// # Panics
    /// Panics if a field has an error.
    #[track_caller]
    pub fn assert_no_errors(&self) -> &Self {
        let errors = self.session.errors();
        assert!(errors.is_empty(), "there must not be any errors, but there are {errors:?}");
        self
    }

    /// Asserts the old input of a field, which the form shows again.
    ///
    /// # Panics
    /// Panics if it is something else, or missing.
    #[track_caller]
    pub fn assert_old(&self, field: &str, value: impl Serialize) -> &Self {
        let found: Option<Value> = self.session.old(field).ok().flatten();
        assert_eq!(found, serde_json::to_value(value).ok(), "unexpected old input of `{field}`");
        self
    }
}

#[track_caller]
fn assert_has(errors: &ErrorBag, fields: impl Keys) {
    for field in fields.each() {
        assert!(errors.has(field), "there is no error for `{field}`; the errors are {errors:?}");
    }
}
