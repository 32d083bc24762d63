//! The session's configuration as the core uses it: units converted, "auto" decided.

use std::{num::NonZeroU32, time::Duration};

use super::{access::Concurrency, binding::Bindings, lifetime::Lifetime};

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) lifetime: Lifetime,
    pub(crate) regenerate_grace: Duration,
    /// How old an id may become, if there is a limit.
    pub(crate) regenerate_every: Option<Duration>,
    pub(crate) concurrency: Concurrency,
    pub(crate) lock_lease: Duration,
    pub(crate) lock_wait: Duration,
    pub(crate) on_store_error: OnStoreError,
    pub(crate) bindings: Bindings,
    /// One request in this many starts a collection, if any does.
    pub(crate) lottery: Option<NonZeroU32>,
    pub(crate) max_bytes: usize,
    pub(crate) cookie: CookieSettings,
}

/// How the session's cookie looks.
#[derive(Clone, Debug)]
pub(crate) struct CookieSettings {
    /// The whole name, with the `__Host-` or `__Secure-` that the attributes earn.
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) domain: Option<String>,
    pub(crate) secure: bool,
    pub(crate) http_only: bool,
    pub(crate) same_site: SameSite,
    pub(crate) partitioned: bool,
    pub(crate) expire_on_close: bool,
}

/// Whether the cookie travels on requests that other sites caused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SameSite {
    /// On no such request.
    Strict,
    /// On those that follow a link. The default.
    #[default]
    Lax,
    /// On all; the cookie must be `secure`.
    None,
}

/// What a visitor who brings a cookie gets while the store does not answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnStoreError {
    /// An answer of 503 that says when to ask again. The default.
    #[default]
    Fail,
    /// Pages without a session; what would write to it is a 503.
    Anonymous,
}
