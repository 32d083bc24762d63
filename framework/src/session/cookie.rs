//! What the browser must learn of a session, before HTTP gives it a form.

use std::time::Duration;

use super::id::Id;

/// A change of the session's cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CookieChange {
    /// The browser is to keep this id.
    Set {
        /// The id.
        id: Id,
        /// For how long; until it closes if `None`.
        max_age: Option<Duration>,
    },
    /// The browser is to forget the id.
    Remove,
}
