//! What a form that did not pass leaves for the page that shows it again.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    data::{
        content::own,
        entry::{Entry, FRESH, Mark},
        input::{ErrorBag, without_secrets},
        journal::{Change, Operation, decode, value},
        json::encode,
        path,
    },
    error::{Error, Result},
    visit::session::Session,
};

impl Session {
    /// Flashes form input for [`old`](Self::old). Passwords, tokens and the like are left out; and input that would take more
    /// than a quarter of `max_bytes`, or is nested deeper than 64 levels, is not kept at all, so that its visitor still sees what was wrong with it.
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
    /// serde cannot write the input; the session is not started, or closed.
    pub fn flash_input(&self, input: impl Serialize) -> Result<()> {
        let most = self.core().settings.max_bytes / 4;
        let input = match encode("input", &input) {
            Ok(json) if json.len() <= most => without_secrets(value(&json)),
            Ok(_) | Err(Error::TooDeep { .. }) => Value::Null,
            Err(error) => return Err(error),
        };
        self.flash_own(own::INPUT, &input)
    }

    /// A field as it was sent, if the form did not pass.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert_eq!(session.old::<String>("name")?, None);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// The value is of another type, or the session is not started.
    pub fn old<T: DeserializeOwned>(&self, field: &str) -> Result<Option<T>> {
        let mut state = self.state();
        state.ensure_started()?;
        let input = state.read_own(own::INPUT, &self.core().clock);
        drop(state);
        let Some(input) = input else { return Ok(None) };
        let input = value(&input);
        path::find(&input, field).map_or(Ok(None), |value| decode(field, &path::to_json(value)))
    }

    /// Flashes what was wrong with a form for [`errors`](Self::errors).
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// let mut errors = salon_session::ErrorBag::new();
    /// errors.add("name", "Please tell us your name.");
    /// session.flash_errors(&errors)?;
    /// assert!(session.errors().has("name"));
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// The session is not started, or closed.
    pub fn flash_errors(&self, errors: &ErrorBag) -> Result<()> {
        self.flash_own(own::ERRORS, errors)
    }

    /// What was wrong with the form; nothing if it passed, or if there was none.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert!(session.errors().is_empty());
    /// ```
    #[must_use]
    pub fn errors(&self) -> ErrorBag {
        let errors = self.state().read_own(own::ERRORS, &self.core().clock);
        errors.and_then(|errors| serde_json::from_slice(&errors).ok()).unwrap_or_default()
    }

    fn flash_own(&self, key: &str, value: &impl Serialize) -> Result<()> {
        let entry = Entry { mark: Mark::Flash { since: FRESH }, json: encode(key, value)? };
        self.state().apply(Operation::own(key, Change::Set(entry)), self.core())
    }
}
