//! What happens to sessions, told to the log. An id is never named, only the first digits of its digest.

use super::id::Digest;

pub(crate) fn corrupt(digest: &Digest, reason: &str) {
    tracing::warn!(session = digest.short(), reason, "a session record cannot be read; its visitor starts afresh");
}

pub(crate) fn obsolete_id(digest: &Digest) {
    tracing::warn!(session = digest.short(), "an id that was renewed a while ago was used");
}

pub(crate) fn expired(digest: &Digest) {
    tracing::debug!(session = digest.short(), "the session's time is over");
}

pub(crate) fn gone(digest: &Digest) {
    tracing::info!(
        session = digest.short(),
        "the session ended while a request was under way; the request's changes are dropped"
    );
}

pub(crate) fn left_out(digest: &Digest, error: &super::error::Error) {
    tracing::warn!(
        session = digest.short(),
        %error,
        "a change no longer fits what a parallel request has saved, and is left out"
    );
}

pub(crate) fn collected(removed: u64) {
    tracing::debug!(removed, "expired sessions were removed");
}

pub(crate) fn collection_failed(error: &super::error::BoxError) {
    tracing::error!(error = error.as_ref(), "expired sessions could not be removed; trying again later");
}

pub(crate) fn folder_replaced(path: &std::path::Path) {
    tracing::warn!(path = %path.display(), "another folder lies where the sessions were kept; it is used from now on");
}
