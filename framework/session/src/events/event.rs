//! What happens to sessions, for an app that wants to know.

use crate::contract::Digest;

/// Something that happened to a session, as a listener receives it; see
/// [`SessionManager::listen`](crate::SessionManager::listen).
///
/// An event never contains an id, only digests: they are enough to end a session, but not to enter it. `Debug` shows
/// their first digits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionEvent {
    /// A session was stored for the first time.
    Created {
        /// The session.
        session: Digest,
    },
    /// A session has a new id: it was renewed, or a user logged in.
    Regenerated {
        /// The digest from now on.
        session: Digest,
        /// The digest before.
        previous: Digest,
    },
    /// A session was ended by a request, or by an operator.
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
    /// A request presented the id of an expired session.
    Expired {
        /// The session.
        session: Digest,
    },
    /// A request saved after a parallel one, and its changes were merged into what that one had saved.
    Merged {
        /// The session.
        session: Digest,
        /// How often the request tried to save.
        attempts: u32,
    },
    /// A change no longer fits what a parallel request has saved, and was left out of the merge.
    LeftOut {
        /// The session.
        session: Digest,
        /// Why the change does not fit.
        reason: String,
    },
    /// A session ended while a request used it; the request's changes were dropped.
    Gone {
        /// The session.
        session: Digest,
    },
    /// A request held a session for longer than its lease, and could not save.
    LockLost {
        /// The session.
        session: Digest,
    },
    /// A record cannot be read, and its visitor gets a new session. This is reported once for each record.
    Corrupt {
        /// The session.
        session: Digest,
        /// What is wrong with it.
        reason: String,
    },
    /// A request presented an id that was renewed longer ago than `regenerate_grace`: from a browser that missed the
    /// response, or from a thief.
    ObsoleteId {
        /// The digest of the id that was used.
        session: Digest,
        /// The digest of the session now. To end the session, pass it to `destroy_digest`.
        successor: Digest,
    },
    /// A login was used from another network, or with another browser, than the one where it was made.
    Mismatch {
        /// The session.
        session: Digest,
        /// What differs: "address" or "browser".
        what: &'static str,
        /// True if the request was handled without the session.
        is_enforced: bool,
    },
    /// Expired sessions were removed.
    Collected {
        /// How many were removed.
        sessions: u64,
    },
    /// The store did not respond, or responded with an error.
    StoreFailed {
        /// The driver's name.
        driver: String,
        /// What the driver was asked to do.
        action: &'static str,
        /// The error from the driver. Salon's own drivers put no password into it, and yours must not either.
        reason: String,
    },
}

impl SessionEvent {
    /// Writes the event to the log.
    pub(super) fn log(&self) {
        match self {
            Self::Created { session } => {
                tracing::debug!(event = "session.created", session = session.short(), "a session was created");
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
                tracing::debug!(event = "session.expired", session = session.short(), "the session has expired");
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
                "a change no longer fits what a parallel request has saved, and was left out"
            ),
            Self::Gone { session } => tracing::info!(
                event = "session.gone",
                session = session.short(),
                "the session ended while a request used it; the changes of the request were dropped"
            ),
            Self::LockLost { session } => tracing::warn!(
                event = "session.lock_lost",
                session = session.short(),
                "a request held the session for longer than `lock_lease`; its changes were dropped"
            ),
            Self::Corrupt { session, reason } => tracing::warn!(
                event = "session.corrupt",
                session = session.short(),
                reason,
                "a session record cannot be read; its visitor gets a new session"
            ),
            Self::ObsoleteId { session, successor } => tracing::warn!(
                event = "session.obsolete_id",
                session = session.short(),
                successor = successor.short(),
                "a request presented an id that was renewed longer ago than `regenerate_grace`"
            ),
            Self::Mismatch { session, what, is_enforced } => tracing::warn!(
                event = "session.mismatch",
                session = session.short(),
                what,
                is_enforced,
                "a login was used from another network or browser than the one it was made with"
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
