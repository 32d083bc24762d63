//! From a request to its response: what is refused, what is stopped, and what continues after a client has disconnected.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use http::{HeaderValue, Method, StatusCode, Version, header};
use hyper::{body::Incoming, upgrade::OnUpgrade};
use tokio::time::{Instant, timeout_at};
use tokio_util::task::TaskTracker;

use super::{
    connections::Place,
    delivery::{self, Delivery},
    framing,
    in_flight::InFlight,
    options::ServerOptions,
    timed_body::{Arrival, TimedBody},
};
use crate::{
    http::{Body, IntoResponse, Peer, Response},
    support::OncePer,
};

/// How many bytes of responses may wait for one connection's client to read them before its next request is handled.
const UNDELIVERED: u64 = 256 * 1024;

/// Answers requests.
pub(super) struct Service<S> {
    handle: S,
    tasks: TaskTracker,
    options: ServerOptions,
}

impl<S, Fut> Service<S>
where
    S: Fn(http::Request<Body>, Peer) -> Fut + Send + Sync,
    Fut: Future<Output = Response> + Send + 'static,
{
    pub(super) const fn new(handle: S, tasks: TaskTracker, options: ServerOptions) -> Self {
        Self { handle, tasks, options }
    }

    /// Answers a request that came over this connection.
    pub(super) async fn answer(
        &self,
        request: http::Request<Incoming>,
        peer: Peer,
        place: &Arc<Place>,
    ) -> http::Response<Delivery> {
        let is_http2 = request.version() == Version::HTTP_2;
        let upgrade = request.extensions().get::<OnUpgrade>().filter(|_| !is_http2).cloned();
        let is_tunnel = request.method() == Method::CONNECT;
        let (in_flight, may_be_handled) = InFlight::begin(place, is_http2);
        let is_refused = match place.is_reserved {
            true => !request.uri().path().starts_with(self.options.reserved_path),
            false => !may_be_handled,
        };
        let ambiguous = framing::refusal(&request);
        if is_refused || ambiguous.is_some() {
            note_unread(request.body(), place);
        }
        let mut response = if is_refused {
            busy("`connections` or `connections_per_address`")
        } else if let Some(status) = ambiguous {
            status.into_response()
        } else {
            if is_http2 {
                place.activity().until_delivered(UNDELIVERED).await;
            }
            self.handle(request, peer, place).await
        };
        // After an ambiguous head it is uncertain where the next request begins.
        if (place.is_reserved || ambiguous.is_some()) && !is_http2 {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(upgrade) = upgrade {
            let status = response.status();
            if status == StatusCode::SWITCHING_PROTOCOLS || (is_tunnel && status.is_success()) {
                place.upgrade(self.tasks.token());
            } else {
                place.decline(upgrade);
            }
        }
        let is_endless = delivery::is_endless(&response);
        response.map(|body| Delivery::new(body, in_flight, is_http2, is_endless))
    }

    async fn handle(&self, request: http::Request<Incoming>, peer: Peer, place: &Arc<Place>) -> Response {
        let is_safe = request.method().is_safe();
        let permit = if is_safe { None } else { place.permit() };
        if !is_safe && permit.is_none() {
            note_unread(request.body(), place);
            return busy("`unsafe_requests`");
        }
        let limit = self.options.request_timeout;
        let (parts, body) = request.into_parts();
        let (body, arrival) = timed(body, self.options, place);
        let answer = (self.handle)(http::Request::from_parts(parts, body), peer);
        if is_safe {
            return within(limit, pin!(answer), arrival).await;
        }
        // In its own task it continues when the connection's task is dropped.
        let task = self.tasks.spawn(async move {
            let _permit = permit;
            within(limit, pin!(answer), arrival).await
        });
        task.await.unwrap_or_else(|error| {
            // The panic hook has already reported the panic.
            let status =
                if error.is_panic() { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::SERVICE_UNAVAILABLE };
            status.into_response()
        })
    }
}

/// Notes that nobody reads the body of a request, so that what the client still sends does not end in a reset that hides the
/// response.
fn note_unread(body: &Incoming, place: &Place) {
    use http_body::Body as _;

    if !body.is_end_stream() {
        place.activity().note_unread_body();
    }
}

/// Gives a body its limits. Returns also when its bytes arrive, if it has any.
fn timed(body: Incoming, options: ServerOptions, place: &Arc<Place>) -> (Body, Option<Arc<Arrival>>) {
    use http_body::Body as _;

    if body.is_end_stream() {
        return (Body::empty(), None);
    }
    let arrival = Arc::new(Arrival::new());
    let body = TimedBody::new(body, options, Arc::clone(&arrival), Some(Arc::clone(place)));
    (Body::new(body).with_budget(place.bodies()), Some(arrival))
}

/// Waits for a response, but for no longer than this after the request, or the last bytes of its body, have arrived.
///
/// It takes a reference, because a future that is moved into another one makes both of them larger, and each request copies
/// them.
async fn within<F>(limit: Duration, mut answer: Pin<&mut F>, arrival: Option<Arc<Arrival>>) -> Response
where
    F: Future<Output = Response>,
{
    // Many handlers wait for nothing, and need no timer.
    if let Poll::Ready(response) = poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await {
        return response;
    }
    let mut since = Instant::now();
    loop {
        if let Ok(response) = timeout_at(since + limit, answer.as_mut()).await {
            return response;
        }
        match arrival.as_ref().map(|arrival| arrival.last()) {
            Some(last) if last > since => since = last,
            _ => break,
        }
    }
    tracing::error!(seconds = limit.as_secs(), "a handler was stopped, because it took longer than `request_timeout`");
    unavailable()
}

/// Refuses a request because a limit is reached, and says once a minute which.
fn busy(limit: &'static str) -> Response {
    static MINUTE: OncePer = OncePer::minute();
    if MINUTE.is_due() {
        tracing::warn!(
            "requests are refused with 503: {limit} of config/server.toml is reached, or the share of one address"
        );
    }
    unavailable()
}

/// Says that the server cannot handle a request now. It has no body, so that a client which reads nothing does not keep it.
fn unavailable() -> Response {
    let mut response = StatusCode::SERVICE_UNAVAILABLE.into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    #[tokio::test]
    async fn a_handler_may_take_as_long_as_its_body_arrives_and_no_longer_than_the_timeout_after_it() {
        let arrival = Arc::new(Arrival::new());
        let arriving = Arc::clone(&arrival);
        let limit = Duration::from_secs(1);
        let receive = async move {
            for _ in 0..6 {
                sleep(limit / 5).await;
                arriving.note();
            }
        };
        let answered = async {
            receive.await;
            StatusCode::CREATED.into_response()
        };
        assert_eq!(within(limit, pin!(answered), Some(Arc::clone(&arrival))).await.status(), StatusCode::CREATED);
        let stuck = pin!(std::future::pending());
        assert_eq!(within(limit / 10, stuck, Some(arrival)).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}
