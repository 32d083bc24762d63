//! What can go wrong with a session, each with what to do about it.

use std::{borrow::Cow, time::Duration};

use salon_core::support::RandomError;

use crate::contract::error::BoxError;

/// What session methods answer.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A session call that could not be carried out. Nothing was changed by it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The session was not started.
    #[error("the session is not started: call `session.start().await?` first, or let StartSession do it")]
    NotStarted,

    /// The session was saved and released; its response is on the way.
    #[error(
        "the session is closed: it was saved and released, so put this call before `close()` or the end of the request"
    )]
    Closed,

    /// Someone is to be logged in under an empty name.
    #[error("a user must have a name: give `login` the user's id")]
    EmptyUser,

    /// `switch` was called with an id that does not lead to a session.
    #[error("there is no session with this id: it is unknown, expired, or was ended")]
    UnknownSession,

    /// A stored value is of another type than the one asked for.
    #[error("session key `{key}` holds another type than the one asked for")]
    Decode {
        /// The key.
        key: String,
        /// What serde found.
        source: serde_json::Error,
    },

    /// A value cannot be written as JSON.
    #[error("the value for session key `{key}` cannot be stored")]
    Encode {
        /// The key.
        key: String,
        /// What serde found.
        source: serde_json::Error,
    },

    /// The call needs a value of another kind under this key.
    #[error("session key `{key}` holds {found}, and this call needs {expected}")]
    WrongType {
        /// The key.
        key: String,
        /// What the call needs.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },

    /// A counter would leave the range of a 64-bit integer.
    #[error("counting up or down would take session key `{key}` out of the range of a 64-bit integer")]
    Overflow {
        /// The key.
        key: String,
    },

    /// A value is nested too deep: a dotted key counts, too.
    #[error("the value for session key `{key}` is nested deeper than {limit} lists and objects, which is the most")]
    TooDeep {
        /// The key; the beginning of a long one.
        key: String,
        /// The limit.
        limit: usize,
    },

    /// The session has more keys than it may.
    #[error("the session has {keys} keys, and may have {limit}: keep what belongs together in a list or an object")]
    TooManyKeys {
        /// How many it has.
        keys: usize,
        /// The limit.
        limit: usize,
    },

    /// The session has grown beyond `session.max_bytes`.
    #[error(
        "the session is too large ({bytes} of {limit} bytes); its largest keys: {largest}. Keep less in it, or raise `max_bytes` in config/session.toml"
    )]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
        /// The largest keys with their sizes.
        largest: String,
    },

    /// The session does not fit into a cookie, and its driver keeps it in one.
    #[error(
        "a cookie holds {limit} bytes, and this session needs {bytes}; its largest keys: {largest}. Keep less in it, or choose another driver in config/session.toml; the visitor's cookie stays as it was"
    )]
    CookieTooLarge {
        /// The size of the cookie's name and value.
        bytes: usize,
        /// The limit.
        limit: usize,
        /// The largest keys with their sizes.
        largest: String,
    },

    /// The driver cannot give a session to one request alone.
    #[error(
        "the session driver `{driver}` cannot give a session to one request alone: take `.session(concurrency::block())` from the route, or choose another driver in config/session.toml"
    )]
    CannotBlock {
        /// The driver's name.
        driver: String,
    },

    /// The session has grown beyond what its driver keeps in one piece. What was kept before is still there.
    #[error("the session is too large for the driver `{driver}` ({bytes} of {limit} bytes): {remedy}")]
    TooLargeForDriver {
        /// The driver's name.
        driver: String,
        /// The size of all that would have to be kept.
        bytes: usize,
        /// The limit.
        limit: usize,
        /// What to do about it.
        remedy: &'static str,
    },

    /// The store did not answer, or answered with an error.
    #[error("the session driver `{driver}` failed to {action}")]
    Unavailable {
        /// The driver's name.
        driver: String,
        /// What it was asked to do.
        action: &'static str,
        /// What it said.
        source: BoxError,
    },

    /// The connection to the store was lost during a write, and nobody can find out whether it was carried out.
    #[error("the session driver `{driver}` failed to {action}, and it is unknown whether it did")]
    OutcomeUnknown {
        /// The driver's name.
        driver: String,
        /// The action.
        action: &'static str,
        /// The cause.
        source: BoxError,
    },

    /// The driver can never do this.
    #[error("the session driver `{driver}` cannot {action}: {reason}")]
    Unsupported {
        /// The driver's name.
        driver: String,
        /// The action.
        action: &'static str,
        /// Why, and what to do instead.
        reason: Cow<'static, str>,
    },

    /// Other requests changed the session each time that this one tried to save.
    #[error("the session was changed by other requests {attempts} times in a row while this one tried to save it")]
    Contended {
        /// How often it was tried.
        attempts: u32,
    },

    /// Another request has renewed the session meanwhile, and the browser has the only copy of what it is now.
    #[error(
        "another request has renewed the session while this one was under way, and its response has the cookie that counts now: send the request again"
    )]
    Superseded,

    /// Another request has the session for itself, and did not end in time.
    #[error(
        "another request held the session for longer than `lock_wait` ({} s): ask again, or let the handler call `session.close().await?` as soon as it has what it needs",
        waited.as_secs_f64()
    )]
    Locked {
        /// How long this one waited.
        waited: Duration,
    },

    /// The request held the session for longer than its lease, so that another one may have it by now.
    #[error(
        "the request held the session for longer than `lock_lease`, so its changes are not saved: call `session.close().await?` before long work, or raise `lock_lease` in config/session.toml"
    )]
    LockLost,

    /// The route only reads the session.
    #[error("this route only reads the session: take `.session(read_only())` from it to let it write")]
    ReadOnly,

    /// The store did not answer when the request began, and the app goes on without sessions meanwhile.
    #[error(
        "the session driver did not answer, and this request goes on without a session: it can write nothing to it"
    )]
    Absent,

    /// No driver of that name.
    #[error(
        "there is no session driver `{name}`; there are: {known}. Set `driver` in config/session.toml or SESSION_DRIVER to one of them, or register yours in a provider's `boot` with `facades::Session::extend`"
    )]
    UnknownDriver {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },

    /// The driver that sessions were kept with before is none.
    #[error(
        "there is no session driver `{name}`, which `fallback` names; there are: {known}. Set `fallback` in config/session.toml or SESSION_FALLBACK to the one that `driver` was before, or to nothing"
    )]
    UnknownFallback {
        /// The name that stands there.
        name: String,
        /// The names there are.
        known: String,
    },

    /// The driver could not be opened.
    #[error("the session driver `{name}` cannot be opened")]
    Open {
        /// The driver's name.
        name: String,
        /// Why.
        source: BoxError,
    },

    /// The payload could not be sealed.
    #[error("the session could not be encrypted")]
    Seal {
        /// Why.
        source: BoxError,
    },

    /// No random bytes, so no id and no token.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl Error {
    /// Whether the store is at fault, and asking again later may help: an answer of 503, not 500.
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
