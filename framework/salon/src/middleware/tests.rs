//! Middleware for single routes, in an app.

use std::{future, sync::Arc, time::Duration};

use http::{HeaderMap, HeaderValue};
use serde::Deserialize;

use super::{BodyLimit, RequestId, Timeout};
use crate::{
    http::{Context, MiddlewareList, Peer, Proxies, Request, extract::Form},
    routing::{MiddlewareAliases, MiddlewareGroups},
    support::Container,
    testing::TestApp,
};

struct Kernel;

impl crate::Kernel for Kernel {
    fn middleware(&self) -> MiddlewareList {
        MiddlewareList::new().with(RequestId)
    }

    fn groups(&self) -> MiddlewareGroups {
        MiddlewareGroups::new().group("web", MiddlewareList::new().with(BodyLimit::bytes(100)))
    }

    fn aliases(&self) -> MiddlewareAliases {
        MiddlewareAliases::new()
            .alias_with("body_limit", BodyLimit::parse)
            .alias("brief", Timeout::new(Duration::from_millis(10)))
    }
}

#[derive(Deserialize)]
struct Note {
    text: String,
}

async fn store(Form(note): Form<Note>) -> String {
    note.text.len().to_string()
}

async fn app() -> TestApp {
    let app = crate::doc_support::app(|route| {
        route.get("/", |request: Request| async move { request.context().request_id().to_owned() });
        route.get("/slow", future::pending::<&'static str>).middleware("brief");
        route.post("/small", store);
        route.post("/large", store).middleware("body_limit:3");
    });
    TestApp::new(app.kernel(Kernel)).await
}

#[tokio::test]
async fn each_response_names_its_request_as_the_log_does() {
    let mut app = app().await;
    let mut names = Vec::new();
    for _ in 0..2 {
        let page = app.get("/").await;
        let name = page.header("x-request-id").unwrap().to_owned();
        page.assert_see(&name);
        names.push(name);
    }
    assert_ne!(names[0], names[1]);
    assert!(app.get("/missing").await.header("x-request-id").is_some());
}

#[test]
fn only_a_trusted_proxy_names_a_request_and_only_with_what_can_stand_in_a_log() {
    let proxies = Proxies::new(vec!["10.0.0.0/8".parse().unwrap()], Default::default());
    let named = |peer: &str, name: &'static str| {
        let peer = Peer::Tcp(format!("{peer}:4711").parse().unwrap());
        let headers = HeaderMap::from_iter([(crate::http::REQUEST_ID, HeaderValue::from_static(name))]);
        let context = Context::new(Arc::new(Container::default()), peer).behind(&proxies, &headers);
        context.request_id() == name
    };
    assert!(named("10.0.0.1", "3f2a-9.b:c_d"));
    assert!(!named("203.0.113.7", "3f2a"));
    for name in ["", "a b", "a\tb", "<script>", "\"quoted\""] {
        assert!(!named("10.0.0.1", name), "{name:?}");
    }
}

#[tokio::test]
async fn the_innermost_limit_says_how_large_a_form_may_be() {
    let mut app = app().await;
    let note = |size: usize| [("text", "x".repeat(size))];
    app.post("/small", &note(50)).await.assert_ok().assert_see("50");
    app.post("/small", &note(200)).await.assert_status(413);
    app.post("/large", &note(2_500_000)).await.assert_ok().assert_see("2500000");
    app.post("/large", &note(3 << 20)).await.assert_status(413);
}

#[tokio::test]
async fn a_route_that_takes_longer_than_its_timeout_is_a_503() {
    let slow = app().await.get("/slow").await;
    slow.assert_status(503);
    assert_eq!(slow.header("retry-after"), Some("1"));
}
