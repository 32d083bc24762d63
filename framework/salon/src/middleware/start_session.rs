//! `StartSession`: loads the session before the handler, and saves it before the response is sent.

use crate::{
    http::{Error, ErrorReport, IntoResponse, Middleware, Next, Request, Response, panicked::catch_panic},
    session::{
        RequestFacts, ResponseFacts, SessionManager, Visit,
        tower::{apply_verdict, cookie_pairs, request_facts, response_facts},
    },
};

/// Gives every request of its group a session.
///
/// Put it first in the group. If the browser sends an id, the session is loaded. The handler runs, and its changes are
/// saved before the response is sent, so that the visitor's next request sees them. A visitor without a cookie, and
/// with nothing to store, costs the store nothing and gets no cookie.
///
/// ```
/// use salon::http::MiddlewareList;
/// use salon::middleware::{StartSession, VerifyCsrfToken};
///
/// let web = MiddlewareList::new().with(StartSession).with(VerifyCsrfToken::new());
/// assert_eq!(web.len(), 2);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct StartSession;

impl Middleware for StartSession {
    async fn handle(&self, request: Request, next: Next) -> Response {
        // Code that attaches a session itself also saves it.
        if request.has_session() {
            return next.run(request).await;
        }
        run(request, next).await.unwrap_or_else(IntoResponse::into_response)
    }
}

async fn run(mut request: Request, next: Next) -> Result<Response, Error> {
    let manager = request.context().container().get::<SessionManager>().ok_or(NoManager)?;
    let (driver, facts) = (manager.driver_for_request().await?, facts(&request));
    let visit = Visit::begin(driver, facts, cookie_pairs(request.headers())).await?;
    request.set_session(visit.session().clone());

    // Inner middleware may panic too. A logout of the handler must succeed even then.
    let mut response = catch_panic(next.run(request)).await;
    let is_error = !response.status().is_success() && response.extensions().get::<ErrorReport>().is_some();
    let mut verdict = visit.finish(ResponseFacts { is_error, ..response_facts(&response) }).await;
    if let Some(error) = verdict.error.take() {
        response = Error::from(error).into_response();
    }
    apply_verdict(response.headers_mut(), &verdict, manager.cookie());
    Ok(response)
}

fn facts(request: &Request) -> RequestFacts {
    let mut facts = request_facts(request.method(), request.uri(), request.headers());
    facts.access = request.context().route().and_then(|route| route.info().session());
    facts.address = request.ip();
    facts.page = facts.page.filter(|_| !request.expects_json());
    facts
}

/// The application was built without sessions.
#[derive(Debug, thiserror::Error)]
#[error("this application has no session manager: build it with `Application::configure()`")]
struct NoManager;
