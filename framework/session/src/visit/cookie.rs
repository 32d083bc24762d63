//! A change of the session's cookie, before the carrier turns it into a value.

use std::time::Duration;

use crate::contract::Id;

/// A change of the session's cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CookieChange {
    /// The browser must keep the cookie of this session.
    Set {
        /// The id of the session.
        id: Id,
        /// How long, or `None` for until the browser closes.
        max_age: Option<Duration>,
    },
    /// The browser must remove the cookie.
    Remove,
}
