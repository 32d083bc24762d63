use std::sync::Arc;

use http::StatusCode;
use serde::Deserialize;

use super::*;
use crate::{
    http::{BODY_LIMIT, Body, Context, Error, MatchedRoute, NoSession, Request, RouteInfo},
    session::Session,
    support::Container,
};

#[derive(Debug, PartialEq, Deserialize)]
struct Entry {
    name: String,
    age: Option<u8>,
    #[serde(default)]
    tags: Vec<String>,
}

const FORM: &str = "application/x-www-form-urlencoded";

fn request(content_type: &str, uri: &str, body: impl Into<Body>) -> Request {
    let request = http::Request::post(uri).header("content-type", content_type).body(body.into()).unwrap();
    Request::new(request, Arc::new(Context::new(Arc::new(Container::default()), None)))
}

async fn form(content_type: &str, body: impl Into<Body>) -> Result<Entry, Error> {
    Form::from_request(request(content_type, "/", body)).await.map(|Form(entry)| entry)
}

async fn json(content_type: &str, body: impl Into<Body>) -> Result<Entry, Error> {
    Json::from_request(request(content_type, "/", body)).await.map(|Json(entry)| entry)
}

#[tokio::test]
async fn a_form_becomes_a_type() {
    let entry = form(FORM, "name=Ada+L&age=&tags=a&tags=b").await.unwrap();
    assert_eq!(entry, Entry { name: "Ada L".into(), age: None, tags: vec!["a".into(), "b".into()] });
}

#[tokio::test]
async fn a_form_is_refused_for_a_reason() {
    assert_eq!(form("text/plain", "name=x").await.unwrap_err().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(form(FORM, "age=1").await.unwrap_err().status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(form(FORM, vec![b'a'; BODY_LIMIT + 1]).await.unwrap_err().status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn json_becomes_a_type_or_is_refused_for_a_reason() {
    let kind = "application/json";
    assert_eq!(json(kind, r#"{"name":"Ada","age":36}"#).await.unwrap().age, Some(36));
    assert_eq!(json(FORM, "{}").await.unwrap_err().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(json(kind, "{").await.unwrap_err().status(), StatusCode::BAD_REQUEST);
    assert_eq!(json(kind, "{}").await.unwrap_err().status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(json(kind, vec![b' '; BODY_LIMIT + 1]).await.unwrap_err().status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_query_becomes_a_type() {
    let mut good = request("", "/?name=Ada&tags=x", "");
    let Query(entry) = Query::<Entry>::from_request_parts(&mut good).await.unwrap();
    assert_eq!(entry.tags, ["x"]);
    let error = Query::<Entry>::from_request_parts(&mut request("", "/", "")).await.unwrap_err();
    assert_eq!(error.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_parameter_that_does_not_parse_is_a_404() {
    let mut request = request("", "/users/x", "");
    let info = RouteInfo {
        methods: Vec::new(),
        pattern: "/users/{id}".into(),
        name: None,
        parameters: vec!["id".into()],
        middleware: Vec::new(),
        session: None,
    };
    request.context().set_route(MatchedRoute::new(Arc::new(info), vec!["x".into()]));
    let status = |error: Error| error.status();
    assert_eq!(Path::<String>::from_request_parts(&mut request).await.unwrap().0, "x");
    assert_eq!(Path::<u8>::from_request_parts(&mut request).await.map_err(status).unwrap_err(), StatusCode::NOT_FOUND);
    let error = Path::<(u8, u8)>::from_request_parts(&mut request).await.unwrap_err();
    assert_eq!(error.status(), StatusCode::NOT_FOUND, "the first value is read first");
    let error = Path::<(String, String)>::from_request_parts(&mut request).await.unwrap_err();
    assert_eq!(error.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn inject_finds_what_is_bound_and_names_what_is_not() {
    let mut request = request("", "/", "");
    request.context().container().bind(7_u64);
    assert_eq!(*Inject::<u64>::from_request_parts(&mut request).await.unwrap(), 7);
    let error = Inject::<Entry>::from_request_parts(&mut request).await.unwrap_err();
    assert!(error.to_string().contains("extract::tests::Entry"), "{error}");
    assert!(error.to_string().contains("`register` method of a provider"), "{error}");
}

#[tokio::test]
async fn a_session_is_the_attached_one_or_an_error() {
    let mut request = request("", "/", "");
    let error = Session::from_request_parts(&mut request).await.unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(NoSession::NotAttached)));
    let session = crate::doc_support::session();
    request.set_session(session.clone());
    session.flash("seen", true).unwrap();
    assert!(Session::from_request_parts(&mut request).await.unwrap().has("seen"));
}

#[tokio::test]
async fn text_that_is_not_utf8_is_a_400() {
    let error = String::from_request(request("", "/", vec![0xff])).await.unwrap_err();
    assert_eq!(error.status(), StatusCode::BAD_REQUEST);
}
