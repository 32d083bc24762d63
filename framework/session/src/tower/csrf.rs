//! The check against forged requests, as a second layer.

use std::{
    mem,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    contract::BoxError,
    error::Result,
    tower::{
        error::plain,
        layer::Answer,
        origin::{OriginCheck, OriginPolicy},
        request::request_host,
    },
    visit::Session,
};

/// The field of a form that carries the token.
const FIELD: &str = "_token";
/// The header that carries the token.
const HEADER: &str = "x-csrf-token";
/// The most bytes of a form that is searched for its token.
const MAX_FORM: usize = 64 << 10;
const FORM: &str = "application/x-www-form-urlencoded";

impl Session {
    /// Returns the CSRF token for a page or a script, masked: a different text each time, so that a compressed response
    /// never repeats it (the attack called BREACH). A script sends it in the header `X-CSRF-Token`.
    ///
    /// If [`Sessions`](crate::Sessions) have a key, asking for the token stores no session: see [`token`](Self::token).
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// let token = session.csrf_token()?;
    /// assert_ne!(token, session.csrf_token()?);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the session is not started, was closed before there was a token, or if there are no random bytes.
    pub fn csrf_token(&self) -> Result<String> {
        let token = self.state().token(self.core())?;
        Ok(token.masked(&self.core().random)?)
    }

    /// Returns the hidden field that a form needs to pass [`CsrfLayer`].
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// let form = format!(r#"<form method="post">{}<button>Save</button></form>"#, session.csrf_field()?);
    /// assert!(form.contains(r#"<input type="hidden" name="_token" value=""#));
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the session is not started, was closed before there was a token, or if there are no random bytes.
    pub fn csrf_field(&self) -> Result<String> {
        // The token is base64url: it needs no escaping.
        Ok(format!(r#"<input type="hidden" name="{FIELD}" value="{}">"#, self.csrf_token()?))
    }
}

/// Rejects requests that another site sends in a visitor's name (cross-site request forgery).
///
/// Browsers say which site has sent a request with an unsafe method (POST, PUT, PATCH, DELETE): in `Sec-Fetch-Site`, or in
/// `Origin`. From this site it is accepted, and from any other refused. A request with neither must carry the session's
/// token: in the header `X-CSRF-Token`, or in the field `_token` of a urlencoded form. What is refused is answered with 419,
/// "page expired", and the service is not called.
///
/// Put it inside the session's layer. axum runs the layer that was added last first, so add this one before; without a
/// session the response is 500, and the log names the fix.
///
/// Without the header, a urlencoded form of up to 64 KiB is read, searched, and given to the service unchanged; a larger one
/// is answered with 413. A `multipart/form-data` form is not searched: send the header.
///
/// ```
/// use axum::{Router, routing::post};
/// use salon_session::{CsrfLayer, Sessions};
///
/// # salon_session::doc_support::block_on(async {
/// # let sessions = Sessions::memory().await?;
/// let app: Router = Router::new()
///     .route("/save", post("saved"))
///     .route("/webhooks/payment", post("paid"))
///     // A payment service signs its requests instead.
///     .layer(CsrfLayer::new().except(["/webhooks/*"]))
///     .layer(sessions.layer());
/// # Ok::<(), salon_session::SessionsError>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, Default)]
pub struct CsrfLayer {
    excepted: Arc<Vec<Exception>>,
    origins: Arc<OriginPolicy>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Exception {
    /// This path.
    Path(String),
    /// Every path that begins like this, up to a slash.
    Below(String),
}

impl CsrfLayer {
    /// Checks every path.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Exempts paths: exact ones, or all below one that ends with `/*`. A missing slash at the beginning is added.
    ///
    /// The path is that of the URI which the layer receives: in a nested axum router, without the prefix.
    ///
    /// # Panics
    /// Panics if a path contains `?` or `#`, or a `*` anywhere but in a final `/*`: such an exception would never match.
    #[must_use]
    pub fn except<P: AsRef<str>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        let excepted = Arc::make_mut(&mut self.excepted);
        excepted.extend(paths.into_iter().map(|path| Exception::parse(path.as_ref())));
        self
    }

    /// Accepts what pages of these other origins send, such as `https://pay.example`.
    ///
    /// # Panics
    /// Panics if a text is not an origin: a scheme and a host, perhaps with a port.
    #[must_use]
    pub fn trusted_origins<O: AsRef<str>>(mut self, origins: impl IntoIterator<Item = O>) -> Self {
        let policy = Arc::make_mut(&mut self.origins);
        for origin in origins {
            let origin = origin.as_ref();
            assert!(
                policy.trust(origin),
                "`{origin}` is not an origin: write a scheme and a host, such as `https://pay.example`"
            );
        }
        self
    }

    /// Accepts what the other hosts of this site send: `shop.example.org` for `example.org`. By default they count as other
    /// sites, because whoever controls one of them could plant a cookie for all.
    #[must_use]
    pub fn allow_same_site(mut self) -> Self {
        Arc::make_mut(&mut self.origins).allow_same_site();
        self
    }

    /// Asks for no token. A request that says nothing of where it comes from is accepted, because no browser of the last
    /// years sends one: pages need no field, and a guest who sees a form needs no session.
    #[must_use]
    pub fn origin_only(mut self) -> Self {
        Arc::make_mut(&mut self.origins).need_no_token();
        self
    }

    fn is_excepted(&self, path: &str) -> bool {
        self.excepted.iter().any(|exception| match exception {
            Exception::Path(excepted) => path == excepted,
            Exception::Below(start) => path.starts_with(start.as_str()),
        })
    }
}

impl Exception {
    fn parse(text: &str) -> Self {
        let path = if text.starts_with('/') { text.to_owned() } else { format!("/{text}") };
        let (path, exception): (_, fn(String) -> Self) = match path.strip_suffix('*') {
            Some(start) if start.ends_with('/') => (start.to_owned(), Self::Below),
            _ => (path, Self::Path),
        };
        assert!(
            !path.contains(['*', '?', '#']),
            "the exception `{text}` of CsrfLayer would never match: write a path without a query, or end it with `/*` for all paths below it"
        );
        exception(path)
    }
}

impl<S> Layer<S> for CsrfLayer {
    type Service = CsrfService<S>;

    fn layer(&self, inner: S) -> CsrfService<S> {
        CsrfService { inner, layer: self.clone() }
    }
}

/// A service that only gets requests with a valid token: what [`CsrfLayer`] makes.
#[derive(Clone, Debug)]
pub struct CsrfService<S> {
    inner: S,
    layer: CsrfLayer,
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for CsrfService<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>, Future: Send + 'static> + Clone + Send + 'static,
    ReqBody: Body<Data: Send, Error: Into<BoxError>> + From<Bytes> + Send + 'static,
    ResBody: From<&'static str> + Send + 'static,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = Answer<ResBody, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        // The service that was polled ready is the one to call; its clone may not be ready.
        let clone = self.inner.clone();
        let mut ready = mem::replace(&mut self.inner, clone);
        if request.method().is_safe() || self.layer.is_excepted(request.uri().path()) {
            return Box::pin(ready.call(request));
        }
        let origins = Arc::clone(&self.layer.origins);
        Box::pin(async move {
            match verify(request, &origins).await {
                Ok(request) => ready.call(request).await,
                Err(refusal) => Ok(refusal.response()),
            }
        })
    }
}

/// Returns the request if its own site has sent it, or if it carries the token of its session.
async fn verify<B>(request: Request<B>, origins: &OriginPolicy) -> Result<Request<B>, Refusal>
where
    B: Body<Data: Send, Error: Into<BoxError>> + From<Bytes> + Send,
{
    let session = request.extensions().get::<Session>().cloned().ok_or(Refusal::NoSession)?;
    match origins.check(&session, request_host(request.uri(), request.headers()), request.headers()) {
        OriginCheck::Accept => return Ok(request),
        OriginCheck::Refuse => return Err(Refusal::OtherSite),
        OriginCheck::AskForToken => {}
    }
    let ensure = |sent: Option<&str>| match sent {
        Some(sent) if session.token_matches(sent) => Ok(()),
        _ => Err(Refusal::Mismatch),
    };
    if let Some(sent) = request.headers().get(HEADER) {
        ensure(sent.to_str().ok())?;
        return Ok(request);
    }
    // If the session has no token, no form can be valid, so the body need not even arrive.
    if !session.has_token() || !is_form(request.headers()) {
        return Err(Refusal::Mismatch);
    }
    let (parts, body) = request.into_parts();
    let form = match Limited::new(body, MAX_FORM).collect().await {
        Ok(form) => form.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(Refusal::TooLarge),
        Err(_) => return Err(Refusal::Unreadable),
    };
    let token = form_urlencoded::parse(&form).find_map(|(name, value)| (name == FIELD).then_some(value));
    ensure(token.as_deref())?;
    Ok(Request::from_parts(parts, B::from(form)))
}

/// True if the content type of the body is a urlencoded form.
#[must_use]
pub fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(FORM))
}

/// Why a request does not reach the service.
#[derive(Clone, Copy, Debug)]
enum Refusal {
    NoSession,
    OtherSite,
    Mismatch,
    TooLarge,
    Unreadable,
}

impl Refusal {
    fn response<B: From<&'static str>>(self) -> Response<B> {
        let (status, text) = match self {
            Self::NoSession => {
                tracing::error!(
                    "CsrfLayer found no session: put it inside the session's layer, in axum with `.layer(CsrfLayer::new()).layer(sessions.layer())` in this order"
                );
                (StatusCode::INTERNAL_SERVER_ERROR, "Internal server error.\n")
            }
            Self::OtherSite => {
                tracing::debug!("another site has sent a request: add it to `trusted_origins` if it may");
                (page_expired(), "The page has expired. Please go back, reload it, and try again.\n")
            }
            Self::Mismatch => {
                tracing::debug!(
                    "a request carries no valid CSRF token: put `session.csrf_field()?` into the form, or send `session.csrf_token()?` in the header X-CSRF-Token"
                );
                (page_expired(), "The page has expired. Please go back, reload it, and try again.\n")
            }
            Self::TooLarge => {
                tracing::debug!(
                    "a form of more than {MAX_FORM} bytes is not searched for its CSRF token: send the header X-CSRF-Token"
                );
                (StatusCode::PAYLOAD_TOO_LARGE, "The form is too large.\n")
            }
            Self::Unreadable => (StatusCode::BAD_REQUEST, "The form could not be read.\n"),
        };
        plain(status, text)
    }
}

/// 419, which Laravel made the usual answer to a missing token. It is not registered.
fn page_expired() -> StatusCode {
    StatusCode::from_u16(419).unwrap_or(StatusCode::FORBIDDEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_are_whole_paths_or_all_below_one() {
        let csrf = CsrfLayer::new().except(["hook", "/webhooks/*"]).except(["/hook/"]);
        for path in ["/hook", "/hook/", "/webhooks/", "/webhooks/pay/1"] {
            assert!(csrf.is_excepted(path), "{path}");
        }
        for path in ["/hooks", "/webhooks", "/webhooks-of-others", "/a/hook"] {
            assert!(!csrf.is_excepted(path), "{path}");
        }
        assert!(CsrfLayer::new().except(["/*"]).is_excepted("/anything"));
    }

    #[test]
    fn an_exception_that_would_never_match_is_refused_at_the_start() {
        for path in ["/odd*", "/a/*/b", "/hook?secret=1", "/hook#top", "*"] {
            let refused = std::panic::catch_unwind(|| CsrfLayer::new().except([path]));
            assert_eq!(refused.is_err(), path != "*", "{path}");
        }
    }
}
