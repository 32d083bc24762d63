//! What the browser must learn of a session, before HTTP gives it a form.

use std::time::Duration;

use crate::contract::id::Id;

/// The most bytes of a cookie's name and value together: browsers drop a longer one, and say nothing.
pub(crate) const MAX_BYTES: usize = 4096;

/// A change of the session's cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CookieChange {
    /// The browser is to keep the way to this session.
    Set {
        /// The session's id. [`Session::cookie_value`](super::Session::cookie_value) is what the cookie holds.
        id: Id,
        /// For how long; until it closes if `None`.
        max_age: Option<Duration>,
    },
    /// The browser is to forget it.
    Remove,
}
