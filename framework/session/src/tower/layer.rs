//! The layer that gives each request its session.

use std::{
    fmt,
    future::Future,
    mem,
    net::IpAddr,
    panic::{AssertUnwindSafe, resume_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::FutureExt;
use http::{Extensions, Request, Response, request::Parts};
use salon_core::support::finish;
use tower_layer::Layer;
use tower_service::Service;
use tracing::Instrument;

use crate::{
    config::Access,
    error::Result,
    tower::{
        error::failure,
        request::{cookie_pairs, request_facts},
        response::{apply_verdict, response_facts},
        sessions::Sessions,
    },
    visit::{RequestFacts, ResponseFacts, Session, Visit},
};

/// What a service of this module returns.
pub(super) type Answer<B, E> = Pin<Box<dyn Future<Output = Result<Response<B>, E>> + Send>>;

type Address = Arc<dyn Fn(&Parts) -> Option<IpAddr> + Send + Sync>;

/// Gives each request its session, and saves it before the response is sent. [`Sessions::layer`] makes it.
///
/// The session is an extension of the request: `request.extensions().get::<Session>()`, or the extractor [`Session`] with
/// the feature `axum`. Around a service that is under a layer of the same [`Sessions`] already, it does nothing.
///
/// - A save that fails, or a session that cannot be loaded, is answered with 503 and `Retry-After` if the store is
///   unavailable, and otherwise with 500. The response of the service is dropped, because it would acknowledge the write.
/// - A response of 500 and above, an error of the service, and a panic drop the changes of the request; only a logout is
///   saved. The error or the panic then goes on as it was.
/// - Flash values leave with a response that could have shown them. A 4xx counts only if it read them: axum's own
///   rejections and its 404 show nothing.
/// - If the client disconnects, a request with an unsafe method (POST, PUT, PATCH, DELETE) runs to its end and is saved. It
///   therefore runs in a task of its own if it has to wait; task-local values of outer middleware are not visible there,
///   the current tracing span is. A request with a safe method stops and saves nothing, unless it is saving already. To
///   limit the time of an unsafe request, put the timeout inside this layer.
///
/// The service may have any error type and any request body. The response body must be made from a text, for the errors
/// above: axum's `Body` and `http_body_util::Full<Bytes>` are.
///
/// ```
/// use http::{Request, Response};
/// use salon_session::{Session, Sessions};
/// use tower::{ServiceBuilder, ServiceExt};
///
/// # salon_session::doc_support::block_on(async {
/// let sessions = Sessions::memory().await?;
/// let service = ServiceBuilder::new().layer(sessions.layer()).service_fn(async |request: Request<()>| {
///     let session = request.extensions().get::<Session>().ok_or("no session")?;
///     Ok::<_, Box<dyn std::error::Error + Send + Sync>>(Response::new(session.increment("visits")?.to_string()))
/// });
/// let response = service.oneshot(Request::new(())).await?;
/// assert_eq!(response.body(), "1");
/// assert!(response.headers().contains_key("set-cookie"));
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct SessionLayer {
    sessions: Sessions,
    access: Option<Access>,
    address: Option<Address>,
}

impl Sessions {
    /// Returns the layer that gives each request its session, and saves it before the response is sent.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use salon_session::{Session, Sessions};
    ///
    /// # #[cfg(feature = "axum")]
    /// # salon_session::doc_support::block_on(async {
    /// async fn home(session: Session) -> Result<String, salon_session::Error> {
    ///     Ok(session.increment("visits")?.to_string())
    /// }
    ///
    /// let sessions = Sessions::memory().await?;
    /// let app: Router = Router::new().route("/", get(home)).layer(sessions.layer());
    /// # Ok::<(), salon_session::SessionsError>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn layer(&self) -> SessionLayer {
        SessionLayer::new(self.clone())
    }
}

impl SessionLayer {
    const fn new(sessions: Sessions) -> Self {
        Self { sessions, access: None, address: None }
    }

    /// Sets how the routes under this layer use the session, if they do not follow the configuration.
    ///
    /// ```
    /// use axum::{Router, routing::{get, post}};
    /// use salon_session::{Sessions, concurrency, read_only};
    ///
    /// # salon_session::doc_support::block_on(async {
    /// # let sessions = Sessions::memory().await?;
    /// let polled = Router::new().route("/unread", get("0")).layer(sessions.layer().access(read_only()));
    /// let paid = Router::new().route("/pay", post("paid")).layer(sessions.layer().access(concurrency::block()));
    /// let app: Router = Router::new().route("/", get("home")).layer(sessions.layer()).merge(polled).merge(paid);
    /// # Ok::<(), salon_session::SessionsError>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn access(mut self, access: Access) -> Self {
        self.access = Some(access);
        self
    }

    /// Sets how to find the address of the client, for the list of a user's sessions and for `match_ip`. Default none.
    ///
    /// Behind a proxy, read the header that your proxy sets, and only that one: a client can send any header.
    ///
    /// ```
    /// use std::net::SocketAddr;
    /// use axum::extract::ConnectInfo;
    /// # use salon_session::Sessions;
    ///
    /// # salon_session::doc_support::block_on(async {
    /// # let sessions = Sessions::memory().await?;
    /// // Serve the app with `app.into_make_service_with_connect_info::<SocketAddr>()`.
    /// let layer = sessions.layer().client_address(|request| {
    ///     let ConnectInfo(peer) = request.extensions.get::<ConnectInfo<SocketAddr>>()?;
    ///     Some(peer.ip())
    /// });
    /// # Ok::<(), salon_session::SessionsError>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn client_address(mut self, find: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        self.address = Some(Arc::new(find));
        self
    }

    /// True if the request has its session already: from an outer layer of the same sessions, or from code that attached
    /// one itself, and also saves it.
    fn is_attached(&self, extensions: &Extensions) -> bool {
        match extensions.get::<Attached>() {
            Some(Attached(sessions)) => sessions.is(&self.sessions),
            None => extensions.get::<Session>().is_some(),
        }
    }

    async fn begin(&self, request: &Parts) -> Result<Visit> {
        let manager = self.sessions.manager();
        let driver = manager.driver_for_request().await?;
        let facts = RequestFacts {
            access: self.access,
            address: self.address.as_ref().and_then(|find| find(request)),
            ..request_facts(&request.method, &request.uri, &request.headers)
        };
        Visit::begin(driver, facts, cookie_pairs(&request.headers)).await
    }

    async fn serve<S, ReqBody, ResBody>(
        self,
        mut service: S,
        request: Request<ReqBody>,
    ) -> Result<Response<ResBody>, S::Error>
    where
        S: Service<Request<ReqBody>, Response = Response<ResBody>> + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Send + 'static,
        ReqBody: Send + 'static,
        ResBody: From<&'static str> + Send + 'static,
    {
        self.sessions.spawn_collector();
        let (mut parts, body) = request.into_parts();
        let visit = match self.begin(&parts).await {
            Ok(visit) => visit,
            Err(error) => return Ok(failure(&error)),
        };
        let is_safe = parts.method.is_safe();
        parts.extensions.insert(visit.session().clone());
        parts.extensions.insert(Attached(self.sessions.clone()));
        let request = Request::from_parts(parts, body);
        let served = async move {
            let answered = AssertUnwindSafe(async move { service.call(request).await }).catch_unwind().await;
            match answered {
                Ok(Ok(response)) => Ok(self.finish(visit, response).await),
                Ok(Err(error)) => {
                    drop_changes(visit).await;
                    Err(error)
                }
                Err(panic) => {
                    drop_changes(visit).await;
                    resume_unwind(panic)
                }
            }
        };
        if is_safe || tokio::runtime::Handle::try_current().is_err() {
            served.await
        } else {
            finish(Box::pin(served.in_current_span())).await
        }
    }

    /// Saves the session, and writes what this means into the response.
    async fn finish<ResBody>(&self, visit: Visit, mut response: Response<ResBody>) -> Response<ResBody>
    where
        ResBody: From<&'static str>,
    {
        let mut verdict = visit.finish(response_facts(&response)).await;
        if let Some(error) = verdict.error.take() {
            response = failure(&error);
        }
        apply_verdict(response.headers_mut(), &verdict, self.sessions.manager().cookie());
        response
    }
}

/// Ends a visit that has no response: nothing is saved except a logout.
async fn drop_changes(visit: Visit) {
    let verdict = visit.finish(ResponseFacts { status: 500, ..ResponseFacts::default() }).await;
    if let Some(error) = &verdict.error {
        let reason = salon_core::support::sentence(error);
        tracing::error!(reason, "the session of a failed request cannot be ended");
    }
}

/// Whose session a request has.
#[derive(Clone)]
struct Attached(Sessions);

impl<S> Layer<S> for SessionLayer {
    type Service = SessionService<S>;

    fn layer(&self, inner: S) -> SessionService<S> {
        SessionService { inner, layer: self.clone() }
    }
}

impl fmt::Debug for SessionLayer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SessionLayer").field("sessions", &self.sessions).finish_non_exhaustive()
    }
}

/// A service whose requests have a session: what [`SessionLayer`] makes.
#[derive(Clone, Debug)]
pub struct SessionService<S> {
    inner: S,
    layer: SessionLayer,
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for SessionService<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    ReqBody: Send + 'static,
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
        if self.layer.is_attached(request.extensions()) {
            return Box::pin(ready.call(request));
        }
        Box::pin(self.layer.clone().serve(ready, request))
    }
}
