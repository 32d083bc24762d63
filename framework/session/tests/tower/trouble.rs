//! A store that fails, handlers that fail, and handlers that panic.

use axum::{Router, routing::get};
use futures_util::FutureExt;
use http::{Method, StatusCode};
use salon_session::{Error, OnStoreError, Session, Sessions};

use crate::{
    browser::{Answer, Browser},
    ledger::Ledger,
};

async fn visits(session: Session) -> Result<String, Error> {
    Ok(session.increment("visits")?.to_string())
}

async fn look(session: Session) -> Result<String, Error> {
    Ok(session.get_or("visits", 0)?.to_string())
}

async fn panics(session: Session) {
    session.increment("visits").unwrap();
    panic!("the roof is on fire");
}

async fn logs_out_and_panics(session: Session) {
    session.logout().unwrap();
    panic!("the roof is on fire");
}

async fn fails(session: Session) -> Result<StatusCode, Error> {
    session.increment("visits")?;
    Ok(StatusCode::BAD_GATEWAY)
}

async fn confused(session: Session) -> Result<String, Error> {
    session.put("visits", "many")?;
    Ok(session.increment("visits")?.to_string())
}

fn app(sessions: &Sessions) -> Router {
    let routes =
        Router::new().route("/", get(visits).post(visits)).route("/look", get(look)).route("/plain", get("plain"));
    let routes = routes.route("/panic", get(panics).post(panics)).route("/leave", get(logs_out_and_panics));
    routes.route("/fail", get(fails)).route("/confused", get(confused)).layer(sessions.layer())
}

async fn ledger() -> (Browser, Ledger) {
    let ledger = Ledger::default();
    (Browser::new(&app(&Sessions::custom(ledger.clone()).await.unwrap())), ledger)
}

fn assert_unavailable(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!((answer.header("retry-after"), answer.header("cache-control")), ("1", "no-store"));
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(answer.body, "Service unavailable. Please try again in a moment.\n");
    assert!(!answer.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn a_store_that_is_down_is_a_503_and_not_an_empty_session() {
    let (mut browser, ledger) = ledger().await;
    browser.get("/").await.assert_ok("1");
    ledger.set_down(true);
    assert_unavailable(&browser.get("/").await);
    assert_unavailable(&browser.post("/").await);
    assert_unavailable(&browser.get("/plain").await);
    // A stranger needs no store until there is something to keep.
    let mut stranger = browser.clone();
    stranger.cookies.clear();
    stranger.get("/plain").await.assert_ok("plain");
    stranger.get("/look").await.assert_ok("0");
    assert_unavailable(&stranger.get("/").await);
    ledger.set_down(false);
    browser.get("/").await.assert_ok("2");
}

#[tokio::test]
async fn f_32_a_save_that_fails_is_not_acknowledged() {
    let (mut browser, ledger) = ledger().await;
    browser.get("/").await.assert_ok("1");
    ledger.set_read_only(true);
    assert_unavailable(&browser.get("/").await);
    assert_unavailable(&browser.post("/").await);
    browser.get("/look").await.assert_ok("1");
    ledger.set_read_only(false);
    browser.get("/").await.assert_ok("2");
}

#[tokio::test]
async fn an_app_that_may_go_on_without_sessions_serves_reads_and_refuses_writes() {
    let ledger = Ledger::default();
    let anonymous =
        Sessions::custom(ledger.clone()).configure(|config| config.on_store_error = OnStoreError::Anonymous);
    let mut browser = Browser::new(&app(&anonymous.await.unwrap()));
    browser.get("/").await.assert_ok("1");
    ledger.set_down(true);
    let looked = browser.get("/look").await;
    looked.assert_ok("0");
    assert!(looked.header("cache-control").contains("no-store"), "{looked:?}");
    assert_unavailable(&browser.get("/").await);
    assert_unavailable(&browser.post("/").await);
    ledger.set_down(false);
    browser.get("/look").await.assert_ok("1");
}

#[tokio::test]
async fn f_31_a_handler_that_fails_leaves_the_session_as_it_was() {
    let (mut browser, _) = ledger().await;
    browser.get("/").await.assert_ok("1");
    assert_eq!(browser.get("/fail").await.status, StatusCode::BAD_GATEWAY);
    let confused = browser.get("/confused").await;
    assert_eq!(
        (confused.status, confused.body.as_str()),
        (StatusCode::INTERNAL_SERVER_ERROR, "Internal server error.\n")
    );
    assert!(!confused.headers.contains_key("retry-after"));
    browser.get("/look").await.assert_ok("1");
}

async fn panic_of(browser: &Browser, method: Method, path: &str) -> String {
    let answered = std::panic::AssertUnwindSafe(browser.fetch(method, path, &[], "".into())).catch_unwind().await;
    (*answered.unwrap_err().downcast::<&str>().unwrap()).to_owned()
}

#[tokio::test]
async fn f_31_a_panic_drops_the_changes_and_goes_on() {
    let (mut browser, _) = ledger().await;
    browser.get("/").await.assert_ok("1");
    for method in [Method::GET, Method::POST] {
        assert_eq!(panic_of(&browser, method, "/panic").await, "the roof is on fire");
        browser.get("/look").await.assert_ok("1");
    }
    browser.get("/").await.assert_ok("2");
}

#[tokio::test]
async fn f_31_a_logout_counts_although_the_handler_panics_afterwards() {
    let (mut browser, ledger) = ledger().await;
    browser.get("/").await.assert_ok("1");
    panic_of(&browser, Method::GET, "/leave").await;
    assert_eq!(ledger.sessions(), 0);
    browser.get("/look").await.assert_ok("0");
}
