//! The errors of sessions. Each message says what to do about it.

use std::{borrow::Cow, time::Duration};

use salon_core::support::RandomError;

use crate::contract::BoxError;

/// The result of session methods.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a session call could not be carried out. The call has then changed nothing, unless its documentation says
/// otherwise or the error is [`OutcomeUnknown`](Self::OutcomeUnknown).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The session was not started.
    #[error("the session is not started: call `session.start().await?` first, or let StartSession do it")]
    NotStarted,

    /// The session was saved and released.
    #[error(
        "the session is closed: it was saved and released, so put this call before `close()` or the end of the request"
    )]
    Closed,

    /// `login` was called with an empty user.
    #[error("the user is empty: pass `login` the id of the user")]
    EmptyUser,

    /// `switch` was called with an id that does not lead to a session.
    #[error("there is no session with this id: it is unknown, or its session has expired or ended")]
    UnknownSession,

    /// A stored value is not of the requested type.
    #[error("session key `{key}` holds a value of another type: request the type that was stored")]
    Decode {
        /// The key.
        key: String,
        /// The error from serde.
        source: serde_json::Error,
    },

    /// A value cannot be written as JSON.
    #[error("the value for session key `{key}` cannot be written as JSON")]
    Encode {
        /// The key.
        key: String,
        /// The error from serde.
        source: serde_json::Error,
    },

    /// The call needs a value of another kind under this key.
    #[error("session key `{key}` holds {found}, but this call needs {expected}")]
    WrongType {
        /// The key.
        key: String,
        /// The kind of value that the call needs.
        expected: &'static str,
        /// The kind of value that is there.
        found: &'static str,
    },

    /// A counter would leave the range of a 64-bit integer.
    #[error("the sum for session key `{key}` does not fit a 64-bit integer")]
    Overflow {
        /// The key.
        key: String,
    },

    /// A value is nested too deep. Each part of a dotted key counts as a level.
    #[error("the value for session key `{key}` is nested deeper than the limit of {limit} lists and objects")]
    TooDeep {
        /// The key. A long one is cut after 100 characters.
        key: String,
        /// The limit.
        limit: usize,
    },

    /// The session has too many keys.
    #[error("the session has {keys} keys, and the limit is {limit}: group related values in a list or an object")]
    TooManyKeys {
        /// The number of keys.
        keys: usize,
        /// The limit.
        limit: usize,
    },

    /// The session has grown beyond `session.max_bytes`.
    #[error(
        "the session is too large ({bytes} of {limit} bytes); its largest keys: {largest}. Keep less in it, or raise `max_bytes` in config/session.toml"
    )]
    TooLarge {
        /// The size in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
        /// The largest keys with their sizes.
        largest: String,
    },

    /// The driver keeps the session in a cookie, and the session does not fit.
    #[error(
        "a cookie holds {limit} bytes, and this session needs {bytes}; its largest keys: {largest}. Keep less in it, or choose another driver in config/session.toml; the visitor's cookie is unchanged"
    )]
    CookieTooLarge {
        /// The size of the cookie's name and value in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
        /// The largest keys with their sizes.
        largest: String,
    },

    /// The driver cannot lock a session for one request.
    #[error(
        "the session driver `{driver}` cannot lock a session for one request: remove `.session(concurrency::block())` from the route, or choose another driver in config/session.toml"
    )]
    CannotBlock {
        /// The driver's name.
        driver: String,
    },

    /// The session has grown beyond what its driver keeps in one piece. What was stored before is still there.
    #[error("the session is too large for the driver `{driver}` ({bytes} of {limit} bytes): {remedy}")]
    TooLargeForDriver {
        /// The driver's name.
        driver: String,
        /// The size of all that would have to be stored, in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
        /// What to do about it.
        remedy: &'static str,
    },

    /// The store did not respond, or responded with an error.
    #[error("the session driver `{driver}` failed to {action}")]
    Unavailable {
        /// The driver's name.
        driver: String,
        /// What the driver was asked to do.
        action: &'static str,
        /// The error from the driver.
        source: BoxError,
    },

    /// The connection to the store was lost during a write, and nobody can find out whether it was carried out.
    #[error("the session driver `{driver}` failed to {action}, and it is not known whether the write was carried out")]
    OutcomeUnknown {
        /// The driver's name.
        driver: String,
        /// What the driver was asked to do.
        action: &'static str,
        /// The error from the driver.
        source: BoxError,
    },

    /// The driver can never do this.
    #[error("the session driver `{driver}` cannot {action}: {reason}")]
    Unsupported {
        /// The driver's name.
        driver: String,
        /// What the driver was asked to do.
        action: &'static str,
        /// Why, and what to do instead.
        reason: Cow<'static, str>,
    },

    /// Other requests changed the session each time that this one tried to save.
    #[error(
        "the session was changed by other requests {attempts} times in a row while this one tried to save it: retry the request"
    )]
    Contended {
        /// How often this request tried to save.
        attempts: u32,
    },

    /// Another request has renewed the session meanwhile, and the browser has the only copy of what it is now.
    #[error(
        "another request has renewed the session while this one was in progress, and its response sets the cookie that is valid now: retry the request"
    )]
    Superseded,

    /// Another request holds the lock of the session, and did not release it in time.
    #[error(
        "another request held the session for longer than `lock_wait` ({} s): retry the request, or let that handler call `session.close().await?` as soon as it has what it needs",
        waited.as_secs_f64()
    )]
    Locked {
        /// How long this request waited.
        waited: Duration,
    },

    /// The request held the session for longer than its lease, so another request may hold it by now.
    #[error(
        "the request held the session for longer than `lock_lease`, so its changes are not saved: call `session.close().await?` before long work, or raise `lock_lease` in config/session.toml"
    )]
    LockLost,

    /// The route only reads the session.
    #[error("this route only reads the session: remove `.session(read_only())` from it to write")]
    ReadOnly,

    /// The store was unavailable when the request began, and the request continues without a session
    /// (`on_store_error = "anonymous"`).
    #[error("the session store was unavailable, so this request continues without a session and cannot write to one")]
    Absent,

    /// There is no driver of that name.
    #[error(
        "there is no session driver `{name}`; there are: {known}. Set `driver` in config/session.toml or SESSION_DRIVER to one of them, or register yours in a provider's `boot` with `facades::Session::extend`"
    )]
    UnknownDriver {
        /// The requested name.
        name: String,
        /// The registered names.
        known: String,
    },

    /// There is no driver of the name in `fallback`.
    #[error(
        "there is no session driver `{name}`, which `fallback` names; there are: {known}. Set `fallback` in config/session.toml or SESSION_FALLBACK to the previous value of `driver`, or leave it empty"
    )]
    UnknownFallback {
        /// The name in `fallback`.
        name: String,
        /// The registered names.
        known: String,
    },

    /// The driver could not be opened.
    #[error("the session driver `{name}` cannot be opened")]
    Open {
        /// The driver's name.
        name: String,
        /// The error from the driver.
        source: BoxError,
    },

    /// The session could not be encrypted.
    #[error("the session could not be encrypted")]
    Seal {
        /// The cause.
        source: BoxError,
    },

    /// The operating system provides no random bytes, so there is no new id or token.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl Error {
    /// True if the store or other requests are at fault and a retry may help: the response is a 503, not a 500.
    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        matches!(
            self,
            Self::Unavailable { .. }
                | Self::OutcomeUnknown { .. }
                | Self::Contended { .. }
                | Self::Superseded
                | Self::Locked { .. }
                | Self::LockLost
                | Self::Absent
        )
    }
}
