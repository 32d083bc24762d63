use std::sync::Arc;

use http::{StatusCode, header};
use serde_json::json;

use super::*;
use crate::{
    http::{Body, Context, IntoResponse, Request, Response, Urls, pattern::Pattern},
    support::Container,
    validation::ErrorBag,
};

fn context(headers: &[(&str, &str)]) -> Arc<Context> {
    let container = Container::default();
    let mut urls = Urls::default();
    urls.insert("home", Pattern::parse("/").unwrap());
    urls.insert("users.show", Pattern::parse("/users/{id}").unwrap());
    container.bind(urls);
    let context = Arc::new(Context::new(Arc::new(container), None));
    let mut builder = http::Request::get("/");
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    drop(Request::new(builder.body(Body::empty()).unwrap(), Arc::clone(&context)));
    context
}

async fn sent(context: &Arc<Context>, redirect: Redirect) -> Response {
    Context::scope(Arc::clone(context), async { redirect.into_response() }).await
}

async fn location(context: &Arc<Context>, redirect: Redirect) -> String {
    sent(context, redirect).await.headers()[header::LOCATION].to_str().unwrap().to_owned()
}

#[test]
fn only_paths_of_this_site_are_local() {
    for path in ["/", "/a", "/a?b=//c", "/a//b", "/%5Cevil", "/ü"] {
        assert_eq!(local_path(path), Some(path));
    }
    for path in [
        "",
        "a",
        "//evil",
        "/\\evil",
        "\\/evil",
        "\\\\evil",
        "/\t/evil",
        "/a\r\nX: y",
        "http://evil",
        "javascript:alert(1)",
        " /a",
        "/a\0",
    ] {
        assert_eq!(local_path(path), None, "{path:?}");
    }
}

#[tokio::test]
async fn back_follows_a_referer_of_this_host_only() {
    let table = [
        ("http://shop.example/cart?x=1#y", "/cart?x=1"),
        ("https://shop.example/cart", "/cart"),
        ("http://SHOP.example:80/cart", "/cart"),
        ("http://shop.example", "/"),
        ("http://shop.example?x=1", "/else"),
        ("http://shop.example:8080/cart", "/else"),
        ("http://evil.example/cart", "/else"),
        ("http://shop.example.evil.example/cart", "/else"),
        ("http://shop.example@evil.example/cart", "/else"),
        ("http://shop.example//evil.example", "/else"),
        ("http://shop.example/\\evil.example", "/else"),
        ("ftp://shop.example/cart", "/else"),
        ("/cart", "/else"),
    ];
    for (referer, expected) in table {
        let context = context(&[("host", "shop.example"), ("referer", referer)]);
        assert_eq!(location(&context, redirect().back().fallback("/else")).await, expected, "{referer}");
    }
}

#[tokio::test]
async fn sr_13_where_a_visitor_came_from_is_stored_by_no_cache() {
    let context = context(&[("host", "shop.example"), ("referer", "http://shop.example/cart")]);
    assert_eq!(sent(&context, redirect().back()).await.headers()["cache-control"], "no-store");
    assert!(!sent(&context, redirect().to("/cart")).await.headers().contains_key("cache-control"));
}

#[tokio::test]
async fn back_asks_the_session_when_there_is_no_referer() {
    for (previous, expected) in [("/cart", "/cart"), ("//evil.example", "/")] {
        let context = context(&[("host", "shop.example")]);
        let session = crate::doc_support::session();
        session.put("cart", "apple").unwrap();
        session.set_previous_url(previous).unwrap();
        context.set_session(session);
        assert_eq!(location(&context, redirect().back()).await, expected);
    }
}

#[tokio::test]
async fn named_routes_are_filled_in() {
    let context = context(&[]);
    assert_eq!(location(&context, redirect().route("home")).await, "/");
    assert_eq!(location(&context, redirect().route_with("users.show", [("id", 7)])).await, "/users/7");
    let response = sent(&context, redirect().route("hmoe")).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn flashes_go_into_the_session() {
    let context = context(&[]);
    let session = crate::doc_support::session();
    context.set_session(session.clone());
    sent(&context, redirect().to("/").with("success", "Thank you!")).await;
    assert_eq!(session.get_flash::<String>("success").unwrap().as_deref(), Some("Thank you!"));
}

#[tokio::test]
async fn errors_and_input_of_one_redirect_are_combined_and_the_later_field_counts() {
    let context = context(&[]);
    let session = crate::doc_support::session();
    context.set_session(session.clone());
    let mut errors = ErrorBag::new();
    errors.add("name", "first");
    errors.add("email", "only one");
    let redirect = redirect()
        .with_errors(errors)
        .with_error("name", "later")
        .with_input(json!({ "name": "Eve", "email": "eve@example.org" }))
        .with_input(json!({ "name": "Ada" }));
    sent(&context, redirect).await;
    assert_eq!(session.errors().get("name"), ["later"]);
    assert_eq!(session.errors().get("email"), ["only one"]);
    assert_eq!(session.old::<String>("name").unwrap().as_deref(), Some("Ada"));
    assert_eq!(session.old::<String>("email").unwrap().as_deref(), Some("eve@example.org"));
}

#[tokio::test]
async fn errors_of_two_forms_stay_apart_in_their_bags() {
    let context = context(&[]);
    let session = crate::doc_support::session();
    context.set_session(session.clone());
    let mut errors = ErrorBag::new();
    errors.add("email", "unknown");
    let mut more = ErrorBag::new();
    more.add("password", "wrong");
    let redirect =
        redirect().with_errors_in("login", errors).with_errors_in("login", more).with_error("email", "taken");
    sent(&context, redirect).await;
    assert_eq!(session.errors_in("login").get("email"), ["unknown"]);
    assert_eq!(session.errors_in("login").get("password"), ["wrong"]);
    assert_eq!(session.errors().get("email"), ["taken"]);
    assert!(!session.errors().has("password"));
}

#[tokio::test]
async fn a_redirect_adds_to_the_errors_that_its_handler_has_flashed() {
    let context = context(&[]);
    let session = crate::doc_support::session();
    context.set_session(session.clone());
    let mut errors = ErrorBag::new();
    errors.add("name", "first");
    errors.add("email", "only one");
    session.flash_errors(&errors).unwrap();
    sent(&context, redirect().with_error("name", "later")).await;
    assert_eq!(session.errors().get("name"), ["later"]);
    assert_eq!(session.errors().get("email"), ["only one"]);
}

#[tokio::test]
async fn a_flash_without_a_session_is_an_error() {
    let response = sent(&context(&[]), redirect().to("/").with("success", "lost")).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn a_line_break_cannot_get_into_the_head() {
    let response = sent(&context(&[]), redirect().to("/a\r\nSet-Cookie: b=1")).await;
    assert_eq!(response.headers()[header::LOCATION], "/a%0D%0ASet-Cookie:%20b=1");
}
