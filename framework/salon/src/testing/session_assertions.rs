//! What a test says of the session after an answer.

use serde::Serialize;
use serde_json::Value;

use super::TestResponse;
use crate::session::Keys;

impl TestResponse {
    /// The session has these keys, with values that are not null.
    ///
    /// # Panics
    /// One is missing.
    #[track_caller]
    pub fn assert_session_has(&self, keys: impl Keys) -> &Self {
        for key in keys.each() {
            assert!(self.session.has(key), "the session has `{key}`; it has {:?}", self.session.all());
        }
        self
    }

    /// The session has this value under this key.
    ///
    /// # Panics
    /// It has another, or none.
    #[track_caller]
    pub fn assert_session_has_value(&self, key: &str, value: impl Serialize) -> &Self {
        let found: Option<Value> = self.session.get(key).ok().flatten();
        assert_eq!(found, serde_json::to_value(value).ok(), "the session's `{key}`");
        self
    }

    /// The session has none of these keys.
    ///
    /// # Panics
    /// One is there.
    #[track_caller]
    pub fn assert_session_missing(&self, keys: impl Keys) -> &Self {
        for key in keys.each() {
            assert!(self.session.missing(key), "the session has no `{key}`; it has {:?}", self.session.all());
        }
        self
    }

    /// This value is flashed for the next page.
    ///
    /// # Panics
    /// Another is, or none.
    #[track_caller]
    pub fn assert_flash(&self, key: &str, value: impl Serialize) -> &Self {
        let found: Option<Value> = self.session.get_flash(key).ok().flatten();
        assert_eq!(found, serde_json::to_value(value).ok(), "the flash message `{key}`");
        self
    }

    /// These fields of the form are wrong, for the next page to say so.
    ///
    /// # Panics
    /// One is not.
    #[track_caller]
    pub fn assert_errors(&self, fields: impl Keys) -> &Self {
        let errors = self.session.errors();
        for field in fields.each() {
            assert!(errors.has(field), "an error for `{field}`; there are {errors:?}");
        }
        self
    }

    /// No field of a form is wrong.
    ///
    /// # Panics
    /// One is.
    #[track_caller]
    pub fn assert_no_errors(&self) -> &Self {
        let errors = self.session.errors();
        assert!(errors.is_empty(), "no errors; there are {errors:?}");
        self
    }

    /// This is what was typed into a field, for the form to show again.
    ///
    /// # Panics
    /// It is something else, or nothing.
    #[track_caller]
    pub fn assert_old(&self, field: &str, value: impl Serialize) -> &Self {
        let found: Option<Value> = self.session.old(field).ok().flatten();
        assert_eq!(found, serde_json::to_value(value).ok(), "the old input of `{field}`");
        self
    }
}
