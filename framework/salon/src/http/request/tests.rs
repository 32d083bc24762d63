use std::sync::Arc;

use http::StatusCode;

use super::*;
use crate::{
    http::{Body, Context},
    support::Container,
};

fn request(headers: &[(&str, &str)], body: &'static str) -> Request {
    let mut builder = http::Request::post("/form");
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    let context = Arc::new(Context::new(Arc::new(Container::default()), None));
    Request::new(builder.body(Body::from(body)).unwrap(), context)
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");

#[tokio::test]
async fn a_form_field_is_read_and_the_body_stays() {
    let mut request = request(&[FORM], "a=1&_token=x%20y&_token=second");
    assert_eq!(request.form_field("_token").await.unwrap().as_deref(), Some("x y"));
    assert_eq!(request.form_field("absent").await.unwrap(), None);
    assert_eq!(request.form_bytes().await.unwrap(), "a=1&_token=x%20y&_token=second");
}

#[tokio::test]
async fn another_body_has_no_form_field_and_is_no_form() {
    let mut request = request(&[("content-type", "application/json")], "{}");
    assert_eq!(request.form_field("_token").await.unwrap(), None);
    assert_eq!(request.form_bytes().await.unwrap_err().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_body_past_the_limit_is_a_413() {
    let mut request = request(&[], "12345");
    assert_eq!(request.buffered_body(4).await.unwrap_err().status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[test]
fn who_wants_json_gets_json() {
    for headers in [
        [("accept", "application/json")],
        [("accept", "application/vnd.api+json, text/html;q=0.9")],
        [("x-requested-with", "XMLHttpRequest")],
        [("content-type", "application/json; charset=utf-8")],
    ] {
        assert!(request(&headers, "").expects_json(), "{headers:?}");
    }
    for headers in [
        [("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")],
        [("accept", "text/html, application/json")],
        [("accept", "application/json;q=0")],
        [("accept", "*/*")],
        FORM_ONLY,
    ] {
        assert!(!request(&headers, "").expects_json(), "{headers:?}");
    }
}

const FORM_ONLY: [(&str, &str); 1] = [FORM];

#[test]
fn prefetch_is_told_apart() {
    assert!(request(&[("sec-purpose", "prefetch;prerender")], "").is_prefetch());
    assert!(request(&[("x-moz", "prefetch")], "").is_prefetch());
    assert!(!request(&[("purpose", "other")], "").is_prefetch());
}

#[test]
fn a_missing_session_names_the_kernel() {
    let error = request(&[], "").session().unwrap_err();
    assert_eq!(error.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(error.to_string().contains("src/http/kernel.rs"));
}

#[test]
fn the_context_survives_the_way_through_tower() {
    let mut original = request(&[], "");
    original.set_session(crate::doc_support::session());
    let there: http::Request<Body> = original.into();
    assert!(Request::try_from(there).unwrap().has_session());
    assert!(Request::try_from(http::Request::new(Body::empty())).is_err());
}

#[test]
fn the_address_is_that_of_the_socket() {
    let peer = "192.0.2.7:4711".parse().ok();
    let context = Arc::new(Context::new(Arc::new(Container::default()), peer));
    let request = Request::new(http::Request::new(Body::empty()), context);
    assert_eq!(request.ip(), "192.0.2.7".parse().ok());
}
