//! The session in axum: the extractor, and errors as responses.

use std::convert::Infallible;

use axum_core::{
    body::Body,
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};

use crate::{
    error::Error,
    tower::error::{failure, plain},
    visit::Session,
};

const MISSING: &str = "No session: this route is not under a SessionLayer. Add `.layer(sessions.layer())` to the router, after its routes.";

/// The rejection of the extractor [`Session`]: the route is not under the session's layer. The response is 500, and names
/// the line to add.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{MISSING}")]
#[non_exhaustive]
pub struct MissingSession;

impl IntoResponse for MissingSession {
    fn into_response(self) -> Response {
        tracing::error!("{MISSING}");
        plain(StatusCode::INTERNAL_SERVER_ERROR, MISSING)
    }
}

/// The session of this request.
///
/// ```
/// use axum::response::Redirect;
/// use salon_session::{Error, Session};
///
/// async fn save(session: Session) -> Result<Redirect, Error> {
///     session.flash("success", "Saved.")?;
///     Ok(Redirect::to("/"))
/// }
/// ```
impl<S: Send + Sync> FromRequestParts<S> for Session {
    type Rejection = MissingSession;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, MissingSession> {
        parts.extensions.get().cloned().ok_or(MissingSession)
    }
}

/// `Option<Session>`: `None` if the route is not under the session's layer.
impl<S: Send + Sync> OptionalFromRequestParts<S> for Session {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get().cloned())
    }
}

/// 503 and `Retry-After` if the store is unavailable, otherwise 500. The cause is logged; the body does not name it.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        failure::<Body>(&self)
    }
}
