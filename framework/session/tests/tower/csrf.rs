//! Forged requests.

use axum::{
    Form, Router,
    routing::{get, post},
};
use http::{Method, StatusCode};
use salon_session::{CsrfLayer, Error, Key, Random, Session, Sessions};
use serde::Deserialize;

use crate::{
    browser::{Answer, Browser},
    ledger::Ledger,
};

#[derive(Deserialize)]
struct Note {
    text: String,
}

async fn save(session: Session, Form(note): Form<Note>) -> Result<String, Error> {
    session.push("notes", &note.text)?;
    Ok(note.text)
}

async fn form(session: Session) -> Result<String, Error> {
    session.csrf_field()
}

async fn token(session: Session) -> Result<String, Error> {
    session.csrf_token()
}

async fn login(session: Session) -> Result<(), Error> {
    session.login("ada")
}

fn routes() -> Router {
    let routes = Router::new().route("/form", get(form)).route("/token", get(token)).route("/login", get(login));
    routes.route("/save", post(save).put(save)).route("/hooks/pay", post(|| async { "paid" }))
}

async fn browser() -> Browser {
    let csrf = CsrfLayer::new().except(["/hooks/*"]);
    Browser::new(&routes().layer(csrf).layer(Sessions::memory().await.unwrap().layer()))
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn post_form(browser: &mut Browser, body: &str) -> Answer {
    browser.send(Method::POST, "/save", &[FORM], body).await
}

fn assert_expired(answer: &Answer) {
    assert_eq!(answer.status.as_u16(), 419, "{answer:?}");
    assert!(answer.body.contains("page has expired"));
    assert!(!answer.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn sr_31_a_form_passes_with_its_field_and_the_handler_gets_it_whole() {
    let mut browser = browser().await;
    let field = browser.get("/form").await.body;
    let token = field.split('"').nth(5).unwrap();
    assert_eq!(field, format!(r#"<input type="hidden" name="_token" value="{token}">"#));
    post_form(&mut browser, &format!("text=tea+%26+milk&_token={token}")).await.assert_ok("tea & milk");
    post_form(&mut browser, &format!("_token={token}&text=again")).await.assert_ok("again");
    let spelled = [("content-type", "application/x-www-form-urlencoded; charset=UTF-8")];
    let body = format!("_token={token}&text=put");
    browser.send(Method::PUT, "/save", &spelled, &body).await.assert_ok("put");
}

#[tokio::test]
async fn a_script_passes_with_the_header() {
    let mut browser = browser().await;
    let token = browser.get("/token").await.body;
    assert_ne!(token, browser.get("/token").await.body, "it is masked each time");
    let headers = [("x-csrf-token", token.as_str()), FORM];
    browser.send(Method::POST, "/save", &headers, "text=tea").await.assert_ok("tea");
}

#[tokio::test]
async fn without_the_right_token_the_handler_does_not_run() {
    let mut browser = browser().await;
    assert_expired(&post_form(&mut browser, "text=tea").await);
    let token = browser.get("/token").await.body;
    let mut other = browser.clone();
    other.cookies.clear();
    let stolen = other.get("/token").await.body;
    for body in ["text=tea".to_owned(), "text=tea&_token=".to_owned(), format!("text=tea&_token={stolen}")] {
        assert_expired(&post_form(&mut browser, &body).await);
    }
    // In the query, in another field, as JSON, or under a wrong header, it counts for nothing.
    let query = format!("/save?_token={token}");
    assert_expired(&browser.send(Method::POST, &query, &[FORM], "text=tea").await);
    assert_expired(&post_form(&mut browser, &format!("text=tea&token={token}")).await);
    let json = format!(r#"{{"text":"tea","_token":"{token}"}}"#);
    assert_expired(&browser.send(Method::POST, "/save", &[("content-type", "application/json")], &json).await);
    let headers = [("x-csrf-token", "wrong"), FORM];
    assert_expired(&browser.send(Method::POST, "/save", &headers, &format!("_token={token}&text=tea")).await);
}

#[tokio::test]
async fn sr_31_the_token_from_before_a_login_is_refused_after_it() {
    let mut browser = browser().await;
    let token = browser.get("/token").await.body;
    browser.get("/login").await.assert_ok("");
    assert_expired(&post_form(&mut browser, &format!("text=tea&_token={token}")).await);
}

#[tokio::test]
async fn an_excepted_path_needs_no_token() {
    let mut browser = browser().await;
    browser.post("/hooks/pay").await.assert_ok("paid");
}

#[tokio::test]
async fn a_form_that_is_too_large_to_search_needs_the_header() {
    let mut browser = browser().await;
    let token = browser.get("/token").await.body;
    let text = "a".repeat(70_000);
    let large = post_form(&mut browser, &format!("_token={token}&text={text}")).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    let headers = [("x-csrf-token", token.as_str()), FORM];
    browser.send(Method::POST, "/save", &headers, &format!("text={text}")).await.assert_ok(&text);
}

#[tokio::test]
async fn a_forged_request_without_a_session_makes_none() {
    let ledger = Ledger::default();
    let app = routes().layer(CsrfLayer::new()).layer(Sessions::custom(ledger.clone()).await.unwrap().layer());
    assert_expired(&post_form(&mut Browser::new(&app), "text=tea").await);
    assert_eq!(ledger.calls(), 0);
}

#[tokio::test]
async fn the_wrong_order_of_the_layers_is_an_error_that_only_the_log_explains() {
    let app = routes().layer(Sessions::memory().await.unwrap().layer()).layer(CsrfLayer::new());
    let answer = Browser::new(&app).post("/save").await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::INTERNAL_SERVER_ERROR, "Internal server error.\n"));
}

#[tokio::test]
async fn sr_32_with_a_key_the_form_of_a_guest_stores_no_session() {
    let key = Key::generate(&Random::system()).unwrap();
    let sessions = Sessions::memory().key(&key).await.unwrap();
    let mut browser = Browser::new(&routes().layer(CsrfLayer::new()).layer(sessions.layer()));
    for _ in 0..100 {
        let page = Browser::new(&routes().layer(sessions.layer())).get("/form").await;
        let cookie = page.headers["set-cookie"].to_str().unwrap();
        assert!(cookie.starts_with("__Host-session_form="), "{cookie}");
    }
    let token = browser.get("/token").await.body;
    assert_eq!(sessions.manager().driver(None).await.unwrap().count().await.unwrap(), 0);
    post_form(&mut browser, &format!("text=tea&_token={token}")).await.assert_ok("tea");
    assert_eq!(sessions.manager().driver(None).await.unwrap().count().await.unwrap(), 1);
    post_form(&mut browser, &format!("text=milk&_token={token}")).await.assert_ok("milk");
}
