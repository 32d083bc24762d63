//! The configuration of sessions: the section `session`, and what the rest of the crate makes of it.
//!
//! | file | contents |
//! |---|---|
//! | `section` | [`SessionConfig`](section::SessionConfig): `config/session.toml`, with the defaults |
//! | `minutes` | a number of minutes, which may have a fraction |
//! | `settings` | the same as the core reads it: units converted, "auto" decided, the cookie's whole name |
//! | `access` | how a request uses its session: merged, blocking or read only |
//! | `lifetime` | when a session expires, for the cookie and for the record |
//! | `binding` | whether a login is still used where it was made |
//!
//! The rule of this folder: **a wrong value stops the startup, never a request.** `SessionConfig::validate` checks the
//! keys and how they fit together, and `SessionConfig::settings` checks what depends on the address of the app.
//! `Settings` therefore has no invalid values, and nothing behind it checks one again. A key is described in the same
//! words here and in `config/session.toml`; a test compares the keys and the defaults of both.

pub(crate) mod access;
mod binding;
mod lifetime;
pub(crate) mod minutes;
pub(crate) mod section;
mod settings;

pub(crate) use access::AccessKind;
pub use access::{Access, Concurrency, concurrency, read_only};
pub use binding::Binding;
pub(crate) use binding::Bindings;
pub(crate) use lifetime::{Lifetime, Lifetimes};
pub use minutes::Minutes;
pub use section::{Secure, SessionConfig};
pub(crate) use settings::Settings;
pub use settings::{CookieSettings, OnStoreError, SameSite};
