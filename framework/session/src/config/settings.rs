//! The session's configuration as the core uses it: units converted, "auto" decided.

use std::{num::NonZeroU32, time::Duration};

use crate::config::{access::Concurrency, binding::Bindings, lifetime::Lifetime};

#[derive(Clone, Debug)]
pub struct Settings {
    pub lifetime: Lifetime,
    pub regenerate_grace: Duration,
    /// How old an id may become, if there is a limit.
    pub regenerate_every: Option<Duration>,
    pub concurrency: Concurrency,
    pub lock_lease: Duration,
    pub lock_wait: Duration,
    pub on_store_error: OnStoreError,
    pub bindings: Bindings,
    /// One request in this many starts a collection, if any does.
    pub lottery: Option<NonZeroU32>,
    pub max_bytes: usize,
    pub cookie: CookieSettings,
}

/// How the session's cookie looks.
#[derive(Clone, Debug)]
pub struct CookieSettings {
    /// The whole name, with the `__Host-` or `__Secure-` that the attributes earn.
    pub name: String,
    pub path: String,
    pub domain: Option<String>,
    pub secure: bool,
    pub http_only: bool,
    pub same_site: SameSite,
    pub partitioned: bool,
    pub expire_on_close: bool,
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
