//! The automatic answer to an `OPTIONS` request that no route handles.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::{HeaderValue, StatusCode, header};

use super::compiled_route::CompiledRoute;
use crate::{
    http::{
        IntoResponse, Next, Request, Response,
        endpoint::Endpoint,
        middleware::{ErasedMiddleware, Stack},
    },
    session::{SessionManager, Visit, concurrency, tower::request_facts},
};

/// Says which methods a path has, inside the middleware of one of its routes. So a CORS layer in a group answers the
/// preflights of the group's routes.
pub(super) struct AutomaticOptions {
    chain: Arc<[Arc<dyn ErasedMiddleware>]>,
    allow: HeaderValue,
}

impl AutomaticOptions {
    pub(super) fn new(route: &CompiledRoute, allow: &HeaderValue) -> Self {
        Self { chain: Arc::clone(&route.stack.chain), allow: allow.clone() }
    }

    pub(super) async fn answer(self, mut request: Request) -> Response {
        // `StartSession` leaves a session alone that is already attached. So do not load the visitor's.
        let visit = if request.has_session() { None } else { guest(&request).await };
        if let Some(visit) = &visit {
            request.set_session(visit.session().clone());
        }
        let stack = Stack { chain: self.chain, endpoint: Arc::new(Methods(self.allow)) };
        // The visit is never finished: nothing is saved, no flash value ages, and no cookie is set.
        Next::start(Arc::new(stack)).run(request).await
    }
}

/// Begins the visit of a guest, whatever cookie the request carries: the store is not asked. Browsers send no cookies
/// with a preflight, and the answer depends on nobody's session.
fn guest(request: &Request) -> impl Future<Output = Option<Visit>> + Send + use<> {
    let manager = request.context().container().get::<SessionManager>();
    let mut facts = request_facts(request.method(), request.uri(), request.headers());
    facts.access = Some(concurrency::merge());
    // The future must not borrow the request: its body cannot be shared between threads.
    async move { Visit::begin(manager?.default_driver().await.ok()?, facts, std::iter::empty()).await.ok() }
}

/// The end of the chain: a 204 with `Allow`.
struct Methods(HeaderValue);

impl Endpoint for Methods {
    fn call(&self, _: Request) -> BoxFuture<'_, Response> {
        let response = (StatusCode::NO_CONTENT, [(header::ALLOW, self.0.clone())], ()).into_response();
        Box::pin(std::future::ready(response))
    }
}
