//! Methods for the input and the errors of a form that was not valid, for the page that shows it again.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    data::{Change, Entry, ErrorBag, Flashed, Mark, Operation, decode, encode, own, path, value, without_secrets},
    error::{Error, Result},
    visit::session::Session,
};

/// The bag of forms that do not name one.
const DEFAULT_BAG: &str = "default";

impl Session {
    /// Flashes form input for [`old`](Self::old). Passwords, tokens and the like are left out. Input of more than a
    /// quarter of `max_bytes`, or nested deeper than 64 levels, is not stored at all, so that there is room for the
    /// errors of the form.
    ///
    /// Input that this request has already flashed is merged. For a field that both have, the later value counts.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.flash_input(&serde_json::json!({ "name": "Ada", "password": "secret" }))?;
    /// assert_eq!(session.old::<String>("name")?.as_deref(), Some("Ada"));
    /// assert_eq!(session.old::<String>("password")?, None);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if serde cannot serialize the input, or if the session is not open.
    pub fn flash_input(&self, input: impl Serialize) -> Result<()> {
        let limit = self.core().settings.max_bytes / 4;
        let mut input = match encode("input", &input) {
            Ok(json) if json.len() <= limit => without_secrets(value(&json)),
            Ok(_) | Err(Error::TooDeep { .. }) => Value::Null,
            Err(error) => return Err(error),
        };
        if let (Some(Value::Object(mut fields)), Value::Object(later)) = (self.flashed(own::INPUT), &mut input) {
            fields.append(later);
            input = Value::Object(fields);
        }
        if input.is_null() { Ok(()) } else { self.flash_own(own::INPUT, &input) }
    }

    /// Returns a field as it was sent, if the form was not valid.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert_eq!(session.old::<String>("name")?, None);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the value is of another type, or if the session is not started.
    pub fn old<T: DeserializeOwned>(&self, field: impl AsRef<str>) -> Result<Option<T>> {
        let field = field.as_ref();
        let mut state = self.state();
        state.lifecycle.ensure_started()?;
        let input = state.read_own(own::INPUT, &self.core().clock);
        drop(state);
        let Some(input) = input else { return Ok(None) };
        let input = value(&input);
        path::find(&input, field).map_or(Ok(None), |value| decode(field, &path::to_json(value)))
    }

    /// Flashes the errors of a form for [`errors`](Self::errors). Errors that this request has already flashed are
    /// merged. For a field that both have, the later messages count.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// let mut errors = salon_session::ErrorBag::new();
    /// errors.add("name", "Enter your name.");
    /// session.flash_errors(&errors)?;
    /// assert!(session.errors().has("name"));
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the session is not open.
    pub fn flash_errors(&self, errors: &ErrorBag) -> Result<()> {
        self.flash_errors_in(DEFAULT_BAG, errors)
    }

    /// Flashes the errors of a form in a bag of its own, for a page with several forms.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// let mut errors = salon_session::ErrorBag::new();
    /// errors.add("email", "Enter your address.");
    /// session.flash_errors_in("newsletter", &errors)?;
    /// assert!(session.errors_in("newsletter").has("email") && session.errors().is_empty());
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the session is not open.
    pub fn flash_errors_in(&self, bag: impl AsRef<str>, errors: &ErrorBag) -> Result<()> {
        if errors.is_empty() {
            return self.state().lifecycle.ensure_open();
        }
        let mut bags: BTreeMap<String, ErrorBag> = self.flashed(own::ERRORS).unwrap_or_default();
        bags.entry(bag.as_ref().to_owned()).or_default().merge(errors);
        self.flash_own(own::ERRORS, &bags)
    }

    /// Returns the errors of the form. The bag is empty if the form was valid, or if there was none.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert!(session.errors().is_empty());
    /// ```
    #[must_use]
    pub fn errors(&self) -> ErrorBag {
        self.errors_in(DEFAULT_BAG)
    }

    /// Returns the errors of the form with this bag.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert!(session.errors_in("newsletter").is_empty());
    /// ```
    #[must_use]
    pub fn errors_in(&self, bag: impl AsRef<str>) -> ErrorBag {
        let json = self.state().read_own(own::ERRORS, &self.core().clock);
        let bags: Option<BTreeMap<String, ErrorBag>> = json.and_then(|json| serde_json::from_slice(&json).ok());
        bags.and_then(|mut bags| bags.remove(bag.as_ref())).unwrap_or_default()
    }

    /// Returns what this request has flashed under one of the session's own keys. Values of the previous request are
    /// not merged.
    fn flashed<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let entry = self.state().data.content.own.get(key, &self.core().clock);
        let json: Bytes = entry.filter(|entry| entry.mark == Mark::Flash(Flashed::Now))?.json;
        serde_json::from_slice(&json).ok()
    }

    fn flash_own(&self, key: &str, value: &impl Serialize) -> Result<()> {
        let entry = Entry { mark: Mark::FLASHED, json: encode(key, value)? };
        self.state().apply(Operation::own(key, Change::Set(entry)), self.core())
    }
}
