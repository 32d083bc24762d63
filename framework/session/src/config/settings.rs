//! The session's configuration as the core uses it: units converted, "auto" decided.

use std::{num::NonZeroU32, time::Duration};

use crate::config::{access::Concurrency, binding::Bindings, lifetime::Lifetimes};

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) lifetimes: Lifetimes,
    pub(crate) regenerate_grace: Duration,
    /// How old an id may get, if there is a limit.
    pub(crate) regenerate_every: Option<Duration>,
    pub(crate) concurrency: Concurrency,
    pub(crate) lock_lease: Duration,
    pub(crate) lock_wait: Duration,
    pub(crate) on_store_error: OnStoreError,
    pub(crate) bindings: Bindings,
    /// One request in this many starts a collection. `None` if no request does.
    pub(crate) lottery: Option<NonZeroU32>,
    pub(crate) max_bytes: usize,
    pub(crate) cookie: CookieSettings,
    /// The host of the app's URL, with its port, if the URL is known.
    pub(crate) host: Option<String>,
}

/// The cookies of sessions.
#[derive(Clone, Debug)]
pub struct CookieSettings {
    /// The cookie that leads to the session.
    pub(crate) session: Cookie,
    /// The cookie that binds the forms of a visitor without a stored session to the browser.
    pub(crate) form: Cookie,
    /// True if they are sent over https only.
    pub(crate) is_secure: bool,
    /// True if the browser removes the session's cookie when it closes.
    pub(crate) expire_on_close: bool,
}

/// A cookie without its value.
#[derive(Clone, Debug)]
pub(crate) struct Cookie {
    /// The whole name, with the prefix `__Host-` or `__Secure-` if the attributes allow it.
    pub(crate) name: String,
    /// The attributes, as they follow the value.
    pub(crate) attributes: String,
}

impl CookieSettings {
    /// Returns the whole name of the session's cookie, with the prefix `__Host-` or `__Secure-` if the attributes allow it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.session.name
    }
}

impl Cookie {
    /// Returns the value of `Set-Cookie` that sets this value.
    pub(crate) fn set(&self, value: &str, max_age: Option<Duration>) -> String {
        let Self { name, attributes } = self;
        match max_age {
            Some(age) => format!("{name}={value}{attributes}; Max-Age={}", age.as_secs()),
            None => format!("{name}={value}{attributes}"),
        }
    }

    /// Returns the value of `Set-Cookie` that removes the cookie.
    pub(crate) fn remove(&self) -> String {
        let Self { name, attributes } = self;
        format!("{name}={attributes}; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT")
    }
}

/// Whether the browser sends the cookie with requests that another site caused: `same_site` in `config/session.toml`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SameSite {
    /// Never.
    Strict,
    /// If a link was followed. The default.
    #[default]
    Lax,
    /// Always. The cookie must be `secure`.
    None,
}

/// How to answer a request that carries a session cookie while the store is down: `on_store_error` in
/// `config/session.toml`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnStoreError {
    /// With a 503 and `Retry-After`. The default.
    #[default]
    Fail,
    /// Without a session if the request is safe (GET); otherwise with a 503.
    Anonymous,
}

impl SameSite {
    /// Returns the value of the attribute.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
            Self::None => "None",
        }
    }
}
