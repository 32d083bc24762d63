//! `StartSession`: loads the session before the handler, and saves it before the head of the response is sent.

use std::net::IpAddr;

use http::{HeaderValue, Method, header};

use super::session_headers;
use crate::{
    http::{Error, ErrorReport, IntoResponse, Middleware, Next, Request, Response, cookie, panicked::catch_panic},
    session::{self, Client, CookieChange, Ending, Exchange, OnStoreError, Session, SessionManager},
};

/// Gives every request of its group a session.
///
/// Put it first in the group. The session is loaded if the browser sent an id, the handler runs, and its changes are
/// saved before the response is sent, so that the visitor's next request sees them. A visitor who sends no id, and for
/// whom nothing is stored, causes no store access and gets no cookie.
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
        // Code that attached a session by hand also saves it.
        if request.has_session() {
            return next.run(request).await;
        }
        run(request, next).await.unwrap_or_else(IntoResponse::into_response)
    }
}

async fn run(mut request: Request, next: Next) -> Result<Response, Error> {
    let manager = request.context().container().get::<SessionManager>().ok_or(NoManager)?;
    let driver = manager.default_driver().await?;
    manager.draw_lottery(&driver);
    let name = &manager.settings().cookie.name;
    let values = cookie::pairs(request.headers()).filter(|(found, _)| found == name).map(|(_, value)| value);
    let session = manager.build(driver, values);
    if let Some(access) = request.context().route().and_then(|route| route.info().session()) {
        session.set_access(access);
    }
    let may_be_absent = manager.settings().on_store_error == OnStoreError::Anonymous && request.method().is_safe();
    start(&session, may_be_absent).await?;
    let _leaving = session.has_lock().then(|| Leaving(session.clone()));
    let asked = Asked::of(&request);
    if !manager.settings().bindings.are_off() {
        session.check_bindings(&manager.settings().bindings, &asked.client());
    }
    request.set_session(session.clone());

    // Inner middleware may panic too: a session that the handler has ended must still end.
    let mut response = catch_panic(next.run(request)).await;
    if session.has_logged_in() {
        session.set_client(asked.client());
    }
    // Whether the response depends on the visitor must be known before our own bookkeeping reads the session.
    let (was_read, flash_was_read) = (session.was_read(), session.flash_was_read());
    let was_missed = was_read && session.is_absent();
    let ending = if response.status().is_server_error() {
        Ending::Fail
    } else {
        if let Some(url) = asked.page_shown(&response) {
            session.set_previous_url(url)?;
        }
        if asked.exchange(&response, flash_was_read).ages_flash() { Ending::CloseAndAge } else { Ending::Close }
    };
    if asked.is_in_background() {
        session.discard_superseded();
    }
    let committed = session.commit(ending).await;
    let mut change = session.take_cookie_change();
    if let Err(error) = committed {
        response = Error::from(error).into_response();
        // The client can only reach the session by a new id that the handler has saved. A session that could not be
        // ended still exists.
        change = change.filter(|change| matches!(change, CookieChange::Set { .. }));
    }
    session_headers::write(response.headers_mut(), &manager.settings().cookie, &session, change, was_read)?;
    if was_missed {
        session_headers::forbid_storing(response.headers_mut());
    }
    Ok(response)
}

/// Starts the session. Continues without one if the store is unavailable and the app allows that for pages.
async fn start(session: &Session, may_be_absent: bool) -> session::Result<()> {
    match session.start().await {
        Err(session::Error::Unavailable { .. }) if may_be_absent => {
            session.continue_without_session();
            Ok(())
        }
        started => started,
    }
}

/// Releases the session's lock when the request is finished, even if other code still holds the session, and if the
/// client disconnects.
struct Leaving(Session);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// The application was built without sessions.
#[derive(Debug, thiserror::Error)]
#[error("this application has no session manager: build it with `Application::configure()`")]
struct NoManager;

/// What is needed of the request after it is gone.
struct Asked {
    address: Option<IpAddr>,
    agent: Option<HeaderValue>,
    is_bodiless: bool,
    is_prefetch: bool,
    destination: Option<String>,
    /// Path and query, if this may be a page that a visitor looks at.
    page: Option<String>,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let is_prefetch = request.is_prefetch();
        let destination = request.sec_fetch_dest();
        let wants_page = match destination {
            Some(destination) => destination == "document",
            None => request.header("accept").is_some_and(|accept| accept.contains("text/html")),
        };
        let is_page = request.method() == Method::GET && !is_prefetch && wants_page && !request.expects_json();
        let page = is_page.then(|| request.uri().path_and_query().map(ToString::to_string)).flatten();
        Self {
            address: request.ip(),
            agent: request.headers().get(header::USER_AGENT).cloned(),
            is_bodiless: matches!(*request.method(), Method::HEAD | Method::OPTIONS),
            is_prefetch,
            destination: destination.map(str::to_owned),
            page,
        }
    }

    /// True if a page sent it alongside other requests: its response may arrive after that of a login.
    fn is_in_background(&self) -> bool {
        self.destination.as_deref().is_some_and(|destination| destination != "document")
    }

    /// Returns the client of a login.
    fn client(&self) -> Client {
        /// A longer text carries no further information.
        const MAX_AGENT: usize = 500;
        let agent = self.agent.as_ref().and_then(|agent| agent.to_str().ok());
        let agent = agent.map(|agent| agent.chars().take(MAX_AGENT).collect::<String>().into());
        Client { address: self.address.map(|address| address.to_string().into()), agent }
    }

    fn exchange(&self, response: &Response, flash_was_read: bool) -> Exchange<'_> {
        Exchange {
            is_bodiless: self.is_bodiless,
            is_prefetch: self.is_prefetch,
            destination: self.destination.as_deref(),
            status: response.status().as_u16(),
            is_error: response.extensions().get::<ErrorReport>().is_some(),
            flash_was_read,
        }
    }

    /// Returns the URL of the page, if the visitor is looking at one now. URLs longer than browsers allow are not
    /// remembered.
    fn page_shown(&self, response: &Response) -> Option<&str> {
        const MAX: usize = 2_000;
        let page = self.page.as_deref().filter(|page| page.len() <= MAX)?;
        let kind = response.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
        (response.status().is_success() && kind.starts_with("text/html")).then_some(page)
    }
}
