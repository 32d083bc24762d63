//! `VerifyCsrfToken`: requires the session's token on every request that changes something.

use http::{Method, StatusCode};

use super::except::{Except, ExceptError};
use crate::http::{Error, IntoResponse, Middleware, Next, Request, Response};

/// Rejects requests that another site sends in a visitor's name (cross-site request forgery).
///
/// POST, PUT, PATCH and DELETE must carry the session's token: as the field `_token` of a form (`csrf_field()` in a
/// template) or as the header `X-CSRF-TOKEN` (`csrf_meta()` for scripts). Otherwise the response is 419, "page
/// expired". Place it after [`StartSession`](super::StartSession).
///
/// ```
/// use salon::middleware::VerifyCsrfToken;
///
/// // A payment service sends callbacks without a token, and signs them instead.
/// let csrf = VerifyCsrfToken::new().except(["/webhooks/*"]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct VerifyCsrfToken {
    excepted: Vec<Except>,
    /// A pattern that cannot match. The app refuses to start with it.
    invalid: Option<ExceptError>,
}

/// The error if a request that changes something carries no token, or a token of another session.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error(
    "the request does not carry a valid CSRF token: put `{{{{ csrf_field() }}}}` into the form, or send the header X-CSRF-TOKEN"
)]
pub struct TokenMismatch;

impl VerifyCsrfToken {
    /// Checks every path.
    #[must_use]
    pub const fn new() -> Self {
        Self { excepted: Vec::new(), invalid: None }
    }

    /// Exempts paths: exact ones, or all below one that ends with `/*`. A missing leading slash is added, and a trailing
    /// slash is ignored. A pattern that cannot match any request (with a query, a parameter, or a star elsewhere) keeps
    /// the app from starting.
    #[must_use]
    pub fn except<P: Into<String>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        for pattern in paths {
            match Except::parse(&pattern.into()) {
                Ok(except) => self.excepted.push(except),
                Err(error) => self.invalid = self.invalid.or(Some(error)),
            }
        }
        self
    }

    /// Returns an error if a pattern of [`except`](Self::except) cannot match.
    pub(crate) fn check(&self) -> Result<(), ExceptError> {
        self.invalid.clone().map_or(Ok(()), Err)
    }

    fn is_excepted(&self, path: &str) -> bool {
        self.excepted.iter().any(|except| except.matches(path))
    }

    async fn verify(&self, request: &mut Request) -> Result<(), Error> {
        // Only other middleware that calls this one can get here: the app checks the others before it starts.
        self.check()?;
        let changes_nothing = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
        if changes_nothing || self.is_excepted(request.path()) {
            return Ok(());
        }
        let session = request.session()?;
        let sent = match request.header("x-csrf-token") {
            Some(token) => Some(token.to_owned()),
            // No form can be valid, so the body need not even arrive.
            None if !session.has_token() => None,
            None => request.form_field("_token").await?,
        };
        if sent.is_some_and(|sent| session.token_matches(&sent)) {
            return Ok(());
        }
        let expired = StatusCode::from_u16(419)?;
        Err(Error::from(TokenMismatch).with_status(expired))
    }
}

impl Middleware for VerifyCsrfToken {
    async fn handle(&self, mut request: Request, next: Next) -> Response {
        match self.verify(&mut request).await {
            Ok(()) => next.run(request).await,
            Err(error) => error.into_response(),
        }
    }
}
