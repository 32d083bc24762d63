//! Changes of cookies, before they are turned into values.

use std::time::Duration;

use crate::{contract::Id, data::FormSecret};

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

/// A change of the cookie that binds the forms of a visitor without a stored session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FormCookieChange {
    /// The browser must keep this secret until it closes.
    Set(FormSecret),
    /// The browser must remove the cookie.
    Remove,
}
