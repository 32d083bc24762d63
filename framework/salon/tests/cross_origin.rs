//! Which routes of an app a page of another origin may use.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use salon::{
    Application, Kernel, Result, ServiceProvider,
    http::{Body, HeaderValue, IntoResponse, Method, MiddlewareList, Next, Request, Response, redirect},
    middleware::{StartSession, VerifyCsrfToken},
    routing::{MiddlewareGroups, Router},
    session::{Digest, Driver, Session, StoreResult},
    testing::{TestApp, TestResponse},
};
use tower_http::cors::CorsLayer;

const ORIGIN: &str = "https://shop.example";

/// The kernel of an app whose `api` may be called from the pages of one other origin.
struct Shared;

impl Kernel for Shared {
    fn groups(&self) -> MiddlewareGroups {
        let cors = CorsLayer::new()
            .allow_origin(HeaderValue::from_static(ORIGIN))
            .allow_methods([Method::GET, Method::PUT])
            .allow_credentials(true);
        MiddlewareGroups::new()
            .group("api", MiddlewareList::new().layer(cors).with(StartSession))
            .group("web", MiddlewareList::new().with(StartSession).with(VerifyCsrfToken::new()))
    }
}

/// A driver that counts how often it is asked.
#[derive(Clone, Default)]
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn count(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Driver for Counted {
    async fn open(&self) -> StoreResult<()> {
        Ok(())
    }

    async fn close(&self) -> StoreResult<()> {
        Ok(())
    }

    async fn read(&self, _: &Digest) -> StoreResult<Option<Vec<u8>>> {
        self.count();
        Ok(None)
    }

    async fn write(&self, _: &Digest, _: &[u8], _: Duration) -> StoreResult<()> {
        self.count();
        Ok(())
    }

    async fn destroy(&self, _: &Digest) -> StoreResult<()> {
        self.count();
        Ok(())
    }

    async fn gc(&self, _: Duration) -> StoreResult<u64> {
        Ok(0)
    }
}

struct CountedProvider(Counted);

impl ServiceProvider for CountedProvider {
    async fn boot(&self, _: &Application) -> Result<()> {
        let driver = self.0.clone();
        salon::facades::Session::extend("counted", move |_| {
            let driver = driver.clone();
            async move { Ok(driver) }
        })
    }
}

async fn members_only(request: Request, next: Next) -> Result<Response> {
    if request.session()?.user().is_none() {
        return Ok(redirect().to("/login").with("warning", "Please log in first.").into_response());
    }
    Ok(next.run(request).await)
}

async fn count(session: Session) -> Result<String> {
    Ok(session.increment("count")?.to_string())
}

fn routes(route: &mut Router) {
    route.get("/cart", count);
    route.put("/cart", count);
    route.get("/members", count).middleware(members_only);
}

async fn app() -> (TestApp, Counted) {
    let counted = Counted::default();
    let app = Application::configure()
        .kernel(Shared)
        .provider(CountedProvider(counted.clone()))
        .root("no-such-folder")
        .routes("api", |route| route.group("/api", routes))
        .routes("web", routes);
    (TestApp::with_configuration(app, |config| config.set("session.driver", "counted")).await, counted)
}

async fn preflight(app: &mut TestApp, path: &str, method: &str) -> TestResponse {
    let request = app.request(Method::OPTIONS, path).header("origin", ORIGIN);
    request.header("access-control-request-method", method).send().await
}

#[tokio::test]
async fn a_preflight_is_answered_by_the_cors_layer_of_the_routes_group() {
    let (mut app, _) = app().await;
    for method in ["GET", "PUT"] {
        let answer = preflight(&mut app, "/api/cart", method).await;
        answer.assert_ok().assert_header("access-control-allow-origin", ORIGIN);
        answer.assert_header("access-control-allow-methods", "GET,PUT");
        answer.assert_header("access-control-allow-credentials", "true");
    }
    // The request itself gets the headers as well, and another group gets none.
    let request = app.request(Method::GET, "/api/cart").header("origin", ORIGIN);
    request.send().await.assert_ok().assert_header("access-control-allow-origin", ORIGIN);
    let answer = preflight(&mut app, "/cart", "PUT").await;
    answer.assert_status(204).assert_header("allow", "GET, HEAD, OPTIONS, PUT");
    answer.assert_header_missing("access-control-allow-origin");
}

/// Sends a request of a browser that has a session cookie. `TestApp` would ask the store afterwards.
async fn send(app: &TestApp, method: &str, path: &str, asked: Option<&str>) -> Response {
    let cookie = format!("session={}", "A".repeat(43));
    let mut request = http::Request::builder().method(method).uri(path).header("cookie", cookie);
    if let Some(asked) = asked {
        request = request.header("origin", ORIGIN).header("access-control-request-method", asked);
    }
    app.application().handle(request.body(Body::empty()).expect("a request"), None).await
}

#[tokio::test]
async fn sr_71_a_preflight_loads_no_session_and_stores_none() {
    let (app, counted) = app().await;
    let before = counted.0.load(Ordering::SeqCst);
    for (path, asked, status) in [
        ("/api/cart", Some("PUT"), 200),
        ("/cart", Some("PUT"), 204),
        ("/cart", None, 204),
        // Middleware that asks who the visitor is finds a guest, and what it flashes is not stored.
        ("/members", Some("GET"), 303),
    ] {
        let answer = send(&app, "OPTIONS", path, asked).await;
        assert_eq!(answer.status(), status, "{path}");
        assert!(!answer.headers().contains_key("set-cookie"), "{path}");
    }
    assert_eq!(counted.0.load(Ordering::SeqCst), before, "the store was asked");
    send(&app, "GET", "/cart", None).await;
    assert!(counted.0.load(Ordering::SeqCst) > before, "a request that uses the session asks the store");
}
