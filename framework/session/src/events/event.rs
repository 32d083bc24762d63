//! What happens to sessions, for an app that wants to know.

use crate::contract::id::Digest;

/// Something that happened to a session, as [`listen`](SessionManager::listen) tells it.
///
/// An id is never in it, only digests: enough to end a session, not to enter it. `Debug` shows their first digits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionEvent {
    /// A session is kept for the first time.
    Created {
        /// The session.
        session: Digest,
    },
    /// A session has a new id: it was renewed, or somebody logged in.
    Regenerated {
        /// Its digest from now on.
        session: Digest,
        /// Its digest before.
        previous: Digest,
    },
    /// A session was ended by a request, or by who looks after sessions.
    Destroyed {
        /// The session.
        session: Digest,
    },
    /// The sessions of a user were ended.
    UserEnded {
        /// The user.
        user: String,
        /// How many there were.
        sessions: u64,
    },
    /// A session was asked for whose time is over.
    Expired {
        /// The session.
        session: Digest,
    },
    /// A request saved after a parallel one, and its changes were carried out on what that one had saved.
    Merged {
        /// The session.
        session: Digest,
        /// How often it was tried.
        attempts: u32,
    },
    /// A change no longer fits what a parallel request has saved, and was left out of the merge.
    LeftOut {
        /// The session.
        session: Digest,
        /// Why.
        reason: String,
    },
    /// A session ended while a request was under way; the request's changes were dropped.
    Gone {
        /// The session.
        session: Digest,
    },
    /// A request held a session for longer than its lease, and could not save.
    LockLost {
        /// The session.
        session: Digest,
    },
    /// A record cannot be read; its visitor starts afresh. Told once for each record.
    Corrupt {
        /// The session.
        session: Digest,
        /// What is wrong with it.
        reason: String,
    },
    /// An id was used that had been renewed a while ago: a browser that missed the answer, or a thief.
    ObsoleteId {
        /// The digest of the id that was used.
        session: Digest,
        /// Where the session is now; to end it, give this to `destroy_digest`.
        successor: Digest,
    },
    /// A login was used from another network, or with another browser, than the one where it was made.
    Mismatch {
        /// The session.
        session: Digest,
        /// What differs: "address" or "browser".
        what: &'static str,
        /// Whether the request went on without the session.
        is_enforced: bool,
    },
    /// Expired sessions were removed.
    Collected {
        /// How many.
        sessions: u64,
    },
    /// The store did not answer, or answered with an error.
    StoreFailed {
        /// The driver's name.
        driver: String,
        /// What it was asked to do.
        action: &'static str,
        /// What it said. Our own drivers name no password; let yours name none either.
        reason: String,
    },
}

impl SessionEvent {
    /// Tells the log.
    pub(super) fn log(&self) {
        match self {
            Self::Created { session } => {
                tracing::debug!(event = "session.created", session = session.short(), "a session was made");
            }
            Self::Regenerated { session, previous } => tracing::debug!(
                event = "session.regenerated",
                session = session.short(),
                previous = previous.short(),
                "a session has a new id"
            ),
            Self::Destroyed { session } => {
                tracing::debug!(event = "session.destroyed", session = session.short(), "a session was ended");
            }
            Self::UserEnded { sessions, .. } => {
                tracing::info!(event = "session.user_ended", sessions, "the sessions of a user were ended");
            }
            Self::Expired { session } => {
                tracing::debug!(event = "session.expired", session = session.short(), "the session's time is over");
            }
            Self::Merged { session, attempts } => tracing::debug!(
                event = "session.merged",
                session = session.short(),
                attempts,
                "a request's changes were merged into what a parallel one has saved"
            ),
            Self::LeftOut { session, reason } => tracing::warn!(
                event = "session.left_out",
                session = session.short(),
                reason,
                "a change no longer fits what a parallel request has saved, and is left out"
            ),
            Self::Gone { session } => tracing::info!(
                event = "session.gone",
                session = session.short(),
                "the session ended while a request was under way; the request's changes are dropped"
            ),
            Self::LockLost { session } => tracing::warn!(
                event = "session.lock_lost",
                session = session.short(),
                "a request held the session for longer than `lock_lease`; its changes are dropped"
            ),
            Self::Corrupt { session, reason } => tracing::warn!(
                event = "session.corrupt",
                session = session.short(),
                reason,
                "a session record cannot be read; its visitor starts afresh"
            ),
            Self::ObsoleteId { session, successor } => tracing::warn!(
                event = "session.obsolete_id",
                session = session.short(),
                successor = successor.short(),
                "an id that was renewed a while ago was used"
            ),
            Self::Mismatch { session, what, is_enforced } => tracing::warn!(
                event = "session.mismatch",
                session = session.short(),
                what,
                is_enforced,
                "a login was used from elsewhere than where it was made"
            ),
            Self::Collected { sessions } => {
                tracing::debug!(event = "session.collected", sessions, "expired sessions were removed");
            }
            Self::StoreFailed { driver, action, reason } => {
                tracing::error!(
                    event = "session.store_failed",
                    driver,
                    reason,
                    "the session driver failed to {action}"
                );
            }
        }
    }
}
