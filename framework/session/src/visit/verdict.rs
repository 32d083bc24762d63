//! What the end of a visit means for the response.

use std::time::Duration;

use crate::{error::Error, visit::cookie::FormCookieChange};

/// What the end of a [`Visit`](crate::Visit) means for the response.
#[derive(Debug)]
#[must_use = "the response must carry the cookie and the cache policy, or be replaced by the error"]
pub struct Verdict {
    /// The change of the session's cookie, if the browser must learn one.
    pub cookie: Option<CookieCommand>,
    /// The change of the cookie that binds the forms of a visitor without a stored session to the browser.
    pub form_cookie: Option<CookieCommand>,
    /// What caches must know of the response.
    pub cache_policy: CachePolicy,
    /// Why the session was not saved. The response must be replaced by this error: it must not acknowledge the write.
    pub error: Option<Error>,
}

/// A change of a cookie, for `Set-Cookie`.
#[derive(Clone, PartialEq, Eq)]
pub enum CookieCommand {
    /// Set the cookie.
    Set {
        /// The value. Anyone who has that of the session's cookie has the session.
        value: String,
        /// The `Max-Age`; `None` for a cookie that the browser keeps until it closes.
        max_age: Option<Duration>,
    },
    /// Remove the cookie.
    Remove,
}

impl From<FormCookieChange> for CookieCommand {
    fn from(change: FormCookieChange) -> Self {
        match change {
            FormCookieChange::Set(secret) => Self::Set { value: secret.text(), max_age: None },
            FormCookieChange::Remove => Self::Remove,
        }
    }
}

/// The value of the cookie is a secret.
impl std::fmt::Debug for CookieCommand {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Set { max_age, .. } => {
                formatter.debug_struct("Set").field("max_age", max_age).finish_non_exhaustive()
            }
            Self::Remove => formatter.write_str("Remove"),
        }
    }
}

/// What caches must know of a response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CachePolicy {
    /// The response was made from the session, so it differs for each visitor: `Vary: Cookie`, `Cache-Control:
    /// private`.
    pub depends_on_visitor: bool,
    /// No cache may store the response: `Cache-Control: no-store`. It sets a cookie, or it was made without a session only
    /// because the store was unavailable.
    pub must_not_be_stored: bool,
}
