//! Health checks for load balancers and orchestrators: whether the process is alive, and whether it can serve.
//!
//! Neither check has a session, so both belong to a group of routes without `StartSession` and without a request limit:
//!
//! ```
//! use salon::{foundation::health, routing::Router};
//!
//! /// `src/routes/health.rs`; in `src/lib.rs`: `.routes("health", routes::health::health)`.
//! pub fn health(route: &mut Router) {
//!     route.get("/health/live", health::live);
//!     route.get("/health/ready", health::ready);
//! }
//! # salon::doc_support::block_on(async {
//! # let mut app = salon::testing::TestApp::new(salon::doc_support::app(health)).await;
//! # app.get("/health/live").await.assert_json(serde_json::json!({ "status": "live" }));
//! app.get("/health/ready").await.assert_json(serde_json::json!({ "status": "ready" }));
//! # });
//! ```

use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::{
    config::Config,
    http::{IntoResponse, Json, Request, Response, Shutdown, extract::Inject},
    session::{FailingDriver, SessionManager},
};

/// Responds with 200, always: the process exists and responds. An orchestrator restarts the process if this fails, so
/// it checks nothing that a restart would not fix.
#[expect(clippy::unused_async, reason = "a handler is async")]
pub async fn live() -> Response {
    answer(StatusCode::OK, json!({ "status": "live" }))
}

/// Responds with 200 if every open session driver responds: the configured one, its fallback, and those that the app
/// uses by name. Otherwise responds with 503, the names of the failing drivers and of their connections, and the
/// reasons if `debug` is on and a client on this machine asks. Responds with 503 as well once the app was asked to stop.
///
/// Each driver gets three seconds to look up a session that does not exist. However many clients ask, and however slow
/// a store is, it handles one such lookup at a time.
pub async fn ready(
    sessions: Inject<SessionManager>,
    config: Inject<Config>,
    shutdown: Shutdown,
    request: Request,
) -> Response {
    if shutdown.is_announced() {
        return unavailable(json!({ "status": "stopping" }));
    }
    let failing = sessions.check().await;
    if failing.is_empty() {
        return answer(StatusCode::OK, json!({ "status": "ready" }));
    }
    let shows_reasons = config.get("app.debug") == Some(Value::Bool(true)) && request.is_from_this_machine();
    let failing: Vec<_> = failing.iter().map(|driver| shown(driver, shows_reasons)).collect();
    unavailable(json!({ "status": "unavailable", "failing": failing }))
}

fn unavailable(why: Value) -> Response {
    let mut response = answer(StatusCode::SERVICE_UNAVAILABLE, why);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

fn shown(failing: &FailingDriver, shows_reason: bool) -> Value {
    let mut shown = Map::from_iter([("driver".to_owned(), json!(failing.driver))]);
    if let Some(connection) = &failing.connection {
        shown.insert("connection".to_owned(), json!(connection));
    }
    if shows_reason {
        shown.insert("reason".to_owned(), json!(failing.reason));
    }
    Value::Object(shown)
}

fn answer(status: StatusCode, body: Value) -> Response {
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
