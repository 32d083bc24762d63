//! Tests of how the modules work together, seen from a request.

use garde::Validate;
use http::Method;
use serde::Deserialize;

use super::TestApp;
use crate::{
    doc_support::app,
    http::{Body, Error, Json, extract::Form},
    session::Session,
    validation::Validated,
};

#[derive(Debug, Deserialize, Validate)]
struct Entry {
    #[garde(length(min = 1, max = 10))]
    name: String,
}

async fn lost() -> Error {
    Error::not_found()
}

#[tokio::test]
async fn an_error_page_that_shows_no_message_does_not_use_it_up() {
    let mut app = TestApp::new(app(|route| {
        route.get("/lost", lost);
        route.get(
            "/page",
            |session: Session| async move { Ok::<_, Error>(session.get_or("status", "none".to_owned())?) },
        );
        route.get("/save", |session: Session| async move { Ok::<_, Error>(session.flash("status", "Saved.")?) });
    }))
    .await;
    app.get("/save").await.assert_ok();
    app.get("/lost").await.assert_status(404);
    app.request(Method::POST, "/page").without_csrf_token().send().await.assert_status(405);
    app.get("/page").await.assert_see("Saved.");
    app.get("/page").await.assert_see("none");
}

#[tokio::test]
async fn an_error_page_made_of_the_session_is_nobody_else_s() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(root.path().join("resources/views/errors")).unwrap();
    std::fs::write(root.path().join("resources/views/errors/404.html"), r#"Not here, {{ session(key="name") }}."#)
        .unwrap();
    let mut app = TestApp::new(
        app(|route| {
            route.get("/lost", lost);
        })
        .root(root.path()),
    )
    .await;
    app.with_session([("name", "Ada")]).await;
    let page = app.get("/lost").await;
    page.assert_status(404).assert_see("Not here, Ada.").assert_header("cache-control", "private");
    assert!(page.headers().get_all("vary").iter().any(|vary| vary == "Cookie"));
}

#[tokio::test]
async fn json_is_json_by_its_content_type_validated_or_not() {
    let mut app = TestApp::new(app(|route| {
        route.post("/plain", |Json(_): Json<serde_json::Value>| async {});
        route.post("/validated", |_: Validated<Json<Entry>>| async {});
    }))
    .await;
    for path in ["/plain", "/validated"] {
        app.post(path, &[("name", "Ada")]).await.assert_status(415);
        app.post_json(path, &serde_json::json!({ "name": "Ada" })).await.assert_ok();
    }
}

#[tokio::test]
async fn a_form_too_large_to_remember_still_comes_back_with_its_errors() {
    let mut app = TestApp::new(app(|route| {
        route.get("/", || async {});
        route.post("/", |_: Validated<Form<Entry>>| async {});
    }))
    .await;
    let long = "x".repeat(1_500_000);
    app.post("/", &[("name", long.as_str())]).await.assert_redirect("/").assert_errors("name");
}

#[tokio::test]
async fn an_address_that_can_be_no_file_is_not_found() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(root.path().join("resources/public")).unwrap();
    std::fs::write(root.path().join("resources/public/style.css"), "").unwrap();
    let mut app = TestApp::new(app(|_| {}).root(root.path())).await;
    app.get("/style.css").await.assert_ok();
    let long = format!("/{}", "a".repeat(300));
    for path in ["/a%00b", long.as_str(), "/style.css/more", "/..%2f..%2fetc/passwd", "/%ff", "//style.css/..", "/."] {
        app.get(path).await.assert_status(404);
    }
}

#[tokio::test]
async fn a_long_answer_may_read_the_session_while_it_is_sent() {
    let mut app = TestApp::new(app(|route| {
        route.get("/", |session: Session| async move {
            session.put("name", "Ada")?;
            let late = futures_util::stream::once(async move {
                let name = session.get_or("name", "nobody".to_owned())?;
                Ok::<_, crate::session::Error>(http_body::Frame::data(bytes::Bytes::from(name)))
            });
            Ok::<_, Error>(Body::new(http_body_util::StreamBody::new(Box::pin(late))))
        });
    }))
    .await;
    app.get("/").await.assert_see("Ada");
    app.get("/").await.assert_see("Ada");
}

#[tokio::test]
async fn an_id_that_was_saved_reaches_the_browser_though_the_last_save_fails() {
    let mut app = TestApp::new(app(|route| {
        route.get("/login", |session: Session| async move {
            session.login("42")?;
            session.save().await?;
            session.put("much", "x".repeat(2_000_000))?;
            Ok::<_, Error>("welcome")
        });
    }))
    .await;
    app.with_session([("name", "Ada")]).await;
    app.get("/login").await.assert_status(500).assert_session_has("name").assert_session_missing("much");
    assert_eq!(app.session().await.user().as_deref(), Some("42"));
}
