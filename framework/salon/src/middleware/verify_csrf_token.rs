//! `VerifyCsrfToken`: requires the session's token on every request that changes something.

use http::{Method, StatusCode};

use super::{csrf_settings_error::CsrfSettingsError, except::Except};
use crate::{
    http::{Error, IntoResponse, Middleware, Next, Request, Response},
    session::tower::{OriginCheck, OriginPolicy},
};

/// Rejects requests that another site sends in a visitor's name (cross-site request forgery).
///
/// Browsers say which site has sent a POST, PUT, PATCH or DELETE: in `Sec-Fetch-Site`, or in `Origin`. From this site it is
/// accepted, and from any other refused. A request with neither must carry the session's token: as the field `_token` of
/// a form (`csrf_field()` in a template) or as the header `X-CSRF-TOKEN` (`csrf_meta()` for scripts). What is refused is
/// answered with 419, "page expired". Place it after [`StartSession`](super::StartSession).
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
    origins: OriginPolicy,
    /// A pattern that cannot match. The app refuses to start with it.
    invalid: Option<CsrfSettingsError>,
}

/// The error if a request that changes something carries no token, or a token of another session.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error(
    "the request does not carry a valid CSRF token: put `{{{{ csrf_field() }}}}` into the form, or send the header X-CSRF-TOKEN"
)]
pub struct TokenMismatch;

/// The error if another site has sent a request that changes something.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("another site has sent the request: add it to `trusted_origins` of VerifyCsrfToken if it may")]
pub struct OtherSite;

impl VerifyCsrfToken {
    /// Checks every path.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
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

    /// Accepts what pages of these other origins send, such as `https://pay.example`. What is not an origin keeps the app
    /// from starting.
    #[must_use]
    pub fn trusted_origins<O: AsRef<str>>(mut self, origins: impl IntoIterator<Item = O>) -> Self {
        for origin in origins {
            let origin = origin.as_ref();
            if !self.origins.trust(origin) {
                self.invalid = self.invalid.or_else(|| Some(CsrfSettingsError::Origin(origin.to_owned())));
            }
        }
        self
    }

    /// Accepts what the other hosts of this site send: `shop.example.org` for `example.org`. By default they count as other
    /// sites, because whoever controls one of them could plant a cookie for all.
    #[must_use]
    pub fn allow_same_site(mut self) -> Self {
        self.origins.allow_same_site();
        self
    }

    /// Asks for no token. A request that says nothing of where it comes from is accepted, because no browser of the last
    /// years sends one: pages need no `csrf_field()`, and a guest who sees a form needs no session.
    ///
    /// ```
    /// use salon::middleware::VerifyCsrfToken;
    ///
    /// let csrf = VerifyCsrfToken::new().origin_only().trusted_origins(["https://pay.example"]);
    /// # let _ = csrf;
    /// ```
    #[must_use]
    pub fn origin_only(mut self) -> Self {
        self.origins.need_no_token();
        self
    }

    /// Returns an error if a pattern of [`except`](Self::except) cannot match.
    pub(crate) fn check(&self) -> Result<(), CsrfSettingsError> {
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
        match self.origins.check(&session, request.host(), request.headers()) {
            OriginCheck::Accept => return Ok(()),
            OriginCheck::Refuse => return Err(expired(OtherSite)),
            OriginCheck::AskForToken => {}
        }
        let sent = match request.header("x-csrf-token") {
            Some(token) => Some(token.to_owned()),
            // No form can be valid, so the body need not even arrive.
            None if !session.has_token() => None,
            None => request.form_field("_token").await?,
        };
        if sent.is_some_and(|sent| session.token_matches(&sent)) {
            return Ok(());
        }
        Err(expired(TokenMismatch))
    }
}

/// 419, which Laravel made the usual answer to a missing token. It is not registered.
#[track_caller]
fn expired(reason: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::from(reason).with_status(StatusCode::from_u16(419).unwrap_or(StatusCode::FORBIDDEN))
}

impl Middleware for VerifyCsrfToken {
    async fn handle(&self, mut request: Request, next: Next) -> Response {
        match self.verify(&mut request).await {
            Ok(()) => next.run(request).await,
            Err(error) => error.into_response(),
        }
    }
}
