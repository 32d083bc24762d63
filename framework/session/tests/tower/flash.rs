//! Flash values: shown once, by what can show them.

use axum::{
    Router,
    response::{Html, Redirect},
    routing::get,
};
use http::{Method, StatusCode};
use salon_session::{Error, ErrorBag, Session, Sessions};

use crate::browser::Browser;

async fn save(session: Session) -> Result<Redirect, Error> {
    session.flash("success", "Saved.")?;
    Ok(Redirect::to("/page"))
}

/// Shows the message if there is one.
async fn page(session: Session) -> Result<Html<String>, Error> {
    Ok(Html(session.get_flash("success")?.unwrap_or_else(|| "none".to_owned())))
}

async fn refuse(session: Session) -> Result<Redirect, Error> {
    let mut errors = ErrorBag::new();
    errors.add("name", "Please tell us your name.");
    session.flash_errors(&errors)?;
    session.flash_input(serde_json::json!({ "name": "A", "password": "secret" }))?;
    Ok(Redirect::to("/form"))
}

async fn form(session: Session) -> Result<Html<String>, Error> {
    let (name, password) = (session.old::<String>("name")?, session.old::<String>("password")?);
    Ok(Html(format!("{:?} {name:?} {password:?}", session.errors().first("name"))))
}

async fn browser() -> Browser {
    let routes = Router::new().route("/save", get(save)).route("/page", get(page)).route("/other", get("other"));
    let routes = routes.route("/away", get(|| async { Redirect::to("/page") }));
    let routes = routes.route("/broken", get(|| async { StatusCode::INTERNAL_SERVER_ERROR }));
    let routes = routes.route("/refuse", get(refuse)).route("/form", get(form));
    Browser::new(&routes.layer(Sessions::memory().await.unwrap().layer()))
}

#[tokio::test]
async fn a_message_is_shown_once_after_a_redirect() {
    let mut browser = browser().await;
    let saved = browser.get_as("document", "/save").await;
    assert_eq!((saved.status, saved.header("location")), (StatusCode::SEE_OTHER, "/page"));
    browser.get_as("document", "/page").await.assert_ok("Saved.");
    browser.get_as("document", "/page").await.assert_ok("none");
}

#[tokio::test]
async fn f_35_what_cannot_show_a_message_leaves_it_for_the_page() {
    let mut browser = browser().await;
    browser.get_as("document", "/save").await;
    browser.get_as("document", "/away").await;
    browser.get_as("document", "/broken").await;
    browser.get_as("document", "/no-such-page").await;
    for destination in ["image", "style", "script", "font", "empty"] {
        browser.get_as(destination, "/other").await;
    }
    let prefetch = [("sec-fetch-dest", "document"), ("sec-purpose", "prefetch;prerender")];
    browser.send(Method::GET, "/page", &prefetch, "").await;
    browser.send(Method::HEAD, "/page", &[("sec-fetch-dest", "document")], "").await;
    browser.get_as("document", "/page").await.assert_ok("Saved.");
    browser.get_as("document", "/page").await.assert_ok("none");
}

#[tokio::test]
async fn a_page_that_could_have_shown_a_message_ends_it_and_a_script_only_if_it_read_it() {
    let mut browser = browser().await;
    browser.get_as("document", "/save").await;
    browser.get_as("document", "/other").await;
    browser.get_as("document", "/page").await.assert_ok("none");

    browser.get_as("document", "/save").await;
    browser.get_as("empty", "/page").await.assert_ok("Saved.");
    browser.get_as("document", "/page").await.assert_ok("none");
}

#[tokio::test]
async fn a_form_that_did_not_pass_is_shown_again_with_its_input_and_errors_and_without_its_password() {
    let mut browser = browser().await;
    browser.get_as("document", "/refuse").await;
    browser.get_as("document", "/form").await.assert_ok(r#"Some("Please tell us your name.") Some("A") None"#);
    browser.get_as("document", "/form").await.assert_ok("None None None");
}
