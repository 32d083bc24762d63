//! Why there are no sessions, at the start and for a request.

use std::path::PathBuf;

use http::{HeaderValue, Response, StatusCode, header};
use salon_core::{config::ConfigError, support::sentence};

use crate::{error::Error, manager::BuildError};

/// Why [`Sessions`](crate::Sessions) cannot be built or opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionsError {
    /// The configuration cannot be read.
    #[error(transparent)]
    Config(#[from] ConfigError),

    /// The settings contradict each other, or the key cannot be used.
    #[error(transparent)]
    Build(BuildError),

    /// Sessions are to be encrypted, and there is no key.
    #[error("sessions are to be encrypted, but there is no key: call `encrypt_with(&key)` on the builder")]
    NoKey,

    /// The path of the file driver is not text.
    #[error("the path {} is not valid UTF-8: choose another folder for the sessions", path.display())]
    Path {
        /// The path.
        path: PathBuf,
    },

    /// The table cannot be created.
    #[cfg(feature = "_sql")]
    #[error("the table of the sessions cannot be created")]
    Table(#[from] salon_database::DatabaseError),

    /// The driver cannot be opened.
    #[error(transparent)]
    Open(#[from] Error),
}

impl From<BuildError> for SessionsError {
    fn from(error: BuildError) -> Self {
        match error {
            BuildError::NoKey => Self::NoKey,
            error => Self::Build(error),
        }
    }
}

/// Logs an error of the session, and returns the response to send instead: 503 and `Retry-After` if the store is
/// unavailable, 404 for the id of a session that there is not, otherwise 500. The body says nothing about the cause.
pub(super) fn failure<B: From<&'static str>>(error: &Error) -> Response<B> {
    if matches!(error, Error::UnknownSession) {
        return plain(StatusCode::NOT_FOUND, "Not found.\n");
    }
    // The event `StoreFailed` has logged this one.
    if !matches!(error, Error::Unavailable { .. }) {
        let reason = sentence(error);
        tracing::error!(reason, "the session failed");
    }
    if !error.is_unavailable() {
        return plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error.\n");
    }
    let mut response = plain(StatusCode::SERVICE_UNAVAILABLE, "Service unavailable. Please try again in a moment.\n");
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// Returns a short response that no cache may store.
pub(super) fn plain<B: From<&'static str>>(status: StatusCode, text: &'static str) -> Response<B> {
    let mut response = Response::new(B::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
