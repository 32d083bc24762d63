//! The application, once it has booted.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use futures_util::future::Either;
use http::{HeaderValue, Method, StatusCode, header};

use super::{ApplicationBuilder, facades, request_log};
use crate::{
    config::{AppConfig, Config, ConfigError, Section},
    http::{Body, Context, Error, ErrorReport, HEALTH_CHECKS, Hosts, IntoResponse, Peer, Proxies, Request, Response},
    routing::RouteTable,
    session::SessionManager,
    support::{Container, OncePer},
    view::{ErrorPages, RequestSummary, place},
};

/// An app: its configuration, its container and, once booted, its routes. It is a cheap handle.
///
/// ```
/// use salon::{Application, ApplicationBuilder, routing::Router};
///
/// # struct Kernel; impl salon::Kernel for Kernel {}
/// fn web(route: &mut Router) {
///     route.get("/", || async { "Welcome" }).name("home");
/// }
///
/// /// `src/lib.rs` of an app.
/// pub fn app() -> ApplicationBuilder {
///     Application::configure().kernel(Kernel).routes("web", web)
/// }
/// # let _ = app();
/// ```
#[derive(Clone)]
pub struct Application(Arc<ApplicationState>);

struct ApplicationState {
    root: PathBuf,
    config: Arc<Config>,
    app: AppConfig,
    container: Arc<Container>,
    pages: ErrorPages,
    routes: OnceLock<RouteTable>,
    hosts: Hosts,
    proxies: Proxies,
}

impl Application {
    /// Starts configuring an app.
    pub fn configure() -> ApplicationBuilder {
        ApplicationBuilder::default()
    }

    pub(super) fn new(
        root: PathBuf,
        config: Arc<Config>,
        app: AppConfig,
        container: Arc<Container>,
        pages: ErrorPages,
        hosts: Hosts,
    ) -> Self {
        let proxies = Proxies::new(app.trusted_proxies.clone(), app.proxy_headers);
        let routes = OnceLock::new();
        Self(Arc::new(ApplicationState { root, config, app, container, pages, routes, hosts, proxies }))
    }

    pub(super) fn proxies(&self) -> Proxies {
        self.0.proxies.clone()
    }

    pub(super) fn set_routes(&self, routes: RouteTable) {
        let _ = self.0.routes.set(routes);
    }

    /// Returns the app's folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.0.root
    }

    /// Returns the section `app` of the configuration.
    #[must_use]
    pub fn config(&self) -> &AppConfig {
        &self.0.app
    }

    /// Returns a section of the configuration: one of Salon's, or one of your own.
    ///
    /// # Errors
    /// Returns an error if a value is invalid. The error names the file, the key and the remedy.
    pub fn section<T: Section>(&self) -> Result<T, ConfigError> {
        self.0.config.section()
    }

    /// Returns the container.
    #[must_use]
    pub fn container(&self) -> &Arc<Container> {
        &self.0.container
    }

    /// Binds a value in the container, which handlers request with `Inject<T>`.
    pub fn bind<T: Send + Sync + 'static>(&self, value: T) {
        self.0.container.bind(value);
    }

    /// Returns the value of this type from the container.
    #[must_use]
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.0.container.get()
    }

    /// Returns the session manager.
    #[must_use]
    pub fn sessions(&self) -> Option<Arc<SessionManager>> {
        self.get()
    }

    /// Returns the routes, or `None` while the app is booting.
    #[must_use]
    pub fn routes(&self) -> Option<&RouteTable> {
        self.0.routes.get()
    }

    /// Runs a future in which [facades](super::facades) refer to this app: for tasks that do not serve a request, where
    /// several apps have booted in one process. A task spawned inside does not inherit it.
    ///
    /// ```
    /// use salon::facades;
    ///
    /// # salon::doc_support::block_on(async {
    /// # let (shop, blog) = (salon::doc_support::app(|_| {}), salon::doc_support::app(|_| {}));
    /// # let (shop, _blog) = (shop.boot().await.unwrap(), blog.boot().await.unwrap());
    /// assert!(facades::Session::driver(None).await.is_err(), "which of the two apps?");
    /// assert!(shop.scope(facades::Session::driver(None)).await.is_ok());
    /// # });
    /// ```
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> {
        facades::scope(Arc::clone(&self.0.container), future)
    }

    /// Handles a request. `peer` is the other end of its connection: a [`Peer`], or an optional address.
    pub fn handle<P: Into<Peer>>(
        &self,
        request: http::Request<Body>,
        peer: P,
    ) -> impl Future<Output = Response> + Send + use<'_, P> {
        self.answer(request, peer.into())
    }

    /// Not generic, so that the future is made where it is needed, and not copied there.
    pub(super) fn answer(
        &self,
        request: http::Request<Body>,
        peer: Peer,
    ) -> impl Future<Output = Response> + Send + use<'_> {
        let context = Context::new(Arc::clone(&self.0.container), peer).behind(&self.0.proxies, request.headers());
        let context = Arc::new(context);
        match request_log::span(&request, &context, self.0.app.is_development()) {
            None => Either::Left(self.respond(request, context)),
            // Boxed, so that a request that is not logged pays nothing for it.
            Some(span) => Either::Right(Box::pin(request_log::logged(self.respond(request, context), span))),
        }
    }

    async fn respond(&self, request: http::Request<Body>, context: Arc<Context>) -> Response {
        let Some(routes) = self.routes() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
        let request = Request::new(request, Arc::clone(&context));
        let summary = self.0.pages.summary(&request);
        let mut response = match self.check_host(&request) {
            Ok(()) => routes.handle(request).await,
            Err(error) => error.into_response(),
        };
        let Some(report) = response.extensions_mut().remove::<ErrorReport>() else { return response };
        Context::scope(Arc::clone(&context), async { self.explain(&summary, &context, &report, response) }).await
    }

    /// Refuses a request for a host that is not the app's. The health checks are for orchestrators, which ask for addresses.
    fn check_host(&self, request: &Request) -> Result<(), Error> {
        let hosts = &self.0.hosts;
        if hosts.are_all()
            || request.host().is_none_or(|host| hosts.accept(host))
            || request.path().starts_with(HEALTH_CHECKS)
        {
            return Ok(());
        }
        static MINUTE: OncePer = OncePer::minute();
        if MINUTE.is_due() {
            let host = request.host().unwrap_or_default();
            tracing::warn!(host, "a request for another host was refused: if it is yours, add it to `trusted_hosts`");
        }
        Err(Error::from(OtherHost).with_status(StatusCode::MISDIRECTED_REQUEST))
    }

    /// Logs an error, and fills the response with a page that shows what a visitor may know.
    fn explain(
        &self,
        summary: &RequestSummary,
        context: &Context,
        report: &ErrorReport,
        mut response: Response,
    ) -> Response {
        if response.status().is_server_error() {
            let (method, path) = (summary.method.as_str(), request_log::path(&summary.uri));
            let at = place(report).map(|(file, line)| format!("{file}:{line}"));
            let status = response.status().as_u16();
            let id = context.request_id();
            tracing::error!(method, path, status, id, error = %**report, at, "a request failed");
        }
        if !(response.status().is_client_error() || response.status().is_server_error()) {
            return response;
        }
        let (body, kind) = if summary.expects_json {
            (ErrorPages::json(report, summary).to_string(), "application/json")
        } else {
            let route = context.route().and_then(|route| route.info().name());
            (self.0.pages.page(report, summary, route), "text/html; charset=utf-8")
        };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.remove(header::CONTENT_ENCODING);
        headers.insert(header::CONTENT_LENGTH, body.len().into());
        // Clients that prefer JSON and clients that prefer HTML get different responses from one URL.
        headers.append(header::VARY, HeaderValue::from_static("Accept"));
        // A page that shows session data belongs to its visitor alone.
        if context.session().is_some_and(|session| session.was_read()) {
            crate::session::tower::forbid_sharing(headers);
        }
        if summary.method != Method::HEAD {
            *response.body_mut() = Body::from(body);
        }
        response
    }
}

/// The request asks for a host that is not the app's.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the request asks for another host: if it is yours, add it to `trusted_hosts` in config/app.toml")]
struct OtherHost;

impl fmt::Debug for Application {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Application").field("root", &self.0.root).finish_non_exhaustive()
    }
}
