//! Tests of how the modules work together, seen from a request.

use garde::Validate;
use http::Method;
use serde::Deserialize;

use super::TestApp;
use crate::{
    Application, BootError,
    doc_support::app,
    facades,
    http::{Body, Cookie, Error, IntoResponse, Json, MiddlewareList, StatusCode, extract::Form, redirect},
    middleware::{StartSession, VerifyCsrfToken},
    routing::{MiddlewareAliases, MiddlewareGroups},
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

#[tokio::test]
async fn a_failed_form_comes_back_with_the_fields_of_its_address_too() {
    let mut app = TestApp::new(app(|route| route.post("/login", |_: Validated<Form<Entry>>| async {}))).await;
    let form = [("name", ""), ("from", "form")];
    let response = app.post("/login?next=%2Fcart&from=query&access_token=x", &form).await;
    response.assert_redirect("/").assert_old("next", "/cart").assert_old("from", "form");
    assert_eq!(response.session().old::<String>("access_token").unwrap(), None, "secrets are left out");
}

#[tokio::test]
async fn a_post_to_a_route_without_sessions_leaves_no_session_behind() {
    let app = app(|route| route.post("/form", || async {}));
    let mut app = TestApp::new(app.routes("api", |route| route.post("/hook", || async {}))).await;
    app.post("/hook", &[("paid", "yes")]).await.assert_ok();
    app.post("/nowhere", &()).await.assert_status(404);
    let name = app.session().await.name().to_owned();
    assert_eq!(app.cookie(&name), None);
    assert_eq!(app.scope(facades::Session::count()).await.unwrap(), 0);
    app.post("/form", &()).await.assert_ok();
    assert!(app.cookie(&name).is_some());
    assert_eq!(app.scope(facades::Session::count()).await.unwrap(), 1, "its page would have made one");
}

#[tokio::test]
async fn redirects_are_followed_as_a_browser_follows_them() {
    let mut app = TestApp::new(app(|route| {
        route.post("/save", || async { redirect().to("/step?x=1").with("status", "Saved.") });
        route.get("/step", || async { redirect().to("page").status(StatusCode::FOUND) });
        route.get("/page", |session: Session| async move { session.get_flash::<String>("status").unwrap().unwrap() });
        route.post("/again", || async { redirect().to("/echo").status(StatusCode::TEMPORARY_REDIRECT) });
        route.post("/echo", |Form(fields): Form<Vec<(String, String)>>| async move { fields[0].1.clone() });
        route.get("/away", || async { redirect().to("https://example.org/") })
    }))
    .await;
    app.request(Method::POST, "/save").follow_redirects().send().await.assert_ok().assert_see("Saved.");
    let again = app.request(Method::POST, "/again").form(&[("name", "Ada")]);
    again.follow_redirects().send().await.assert_ok().assert_see("Ada");
    app.request(Method::GET, "/away").follow_redirects().send().await.assert_redirect("https://example.org/");
}

#[tokio::test]
#[should_panic(expected = "redirects more than 20 times")]
async fn redirects_without_an_end_fail_the_test() {
    let mut app = TestApp::new(app(|route| route.get("/round", || async { redirect().to("/round") }))).await;
    app.request(Method::GET, "/round").follow_redirects().send().await;
}

#[tokio::test]
async fn a_cookie_of_a_response_reaches_the_test_and_the_visitor() {
    let mut app = TestApp::new(app(|route| {
        route.get("/dark", || async { "Dark.".cookie(Cookie::build(("theme", "dark blue")).http_only(true)) });
        route.get("/plain", || async { "Plain.".without_cookie("theme") })
    }))
    .await;
    let response = app.get("/dark").await;
    response.assert_cookie("theme", "dark blue");
    assert_eq!(response.cookie("theme").unwrap().http_only(), Some(true));
    assert_eq!(app.cookie("theme"), Some("dark blue"));
    app.get("/plain").await.assert_cookie("theme", "");
    assert_eq!(app.cookie("theme"), None);
}

#[tokio::test]
async fn each_of_several_apps_has_its_own_sessions() {
    let counting = || app(|route| route.get("/", || async { facades::Session::count().await.unwrap().to_string() }));
    let (mut first, mut second) = (TestApp::new(counting()).await, TestApp::new(counting()).await);
    first.login("42").await;
    first.get("/").await.assert_see("1");
    second.get("/").await.assert_see("0");
    let error = facades::Session::count().await.unwrap_err().to_string();
    assert!(error.contains("several have booted") && error.contains("app.scope"), "{error}");
    assert_eq!(second.scope(facades::Session::count()).await.unwrap(), 0);
}

#[tokio::test]
async fn an_exemption_that_cannot_match_keeps_the_app_from_starting() {
    struct Kernel {
        in_group: &'static str,
        as_alias: &'static str,
    }

    impl crate::Kernel for Kernel {
        fn groups(&self) -> MiddlewareGroups {
            let csrf = VerifyCsrfToken::new().except([self.in_group]);
            MiddlewareGroups::new().group("web", MiddlewareList::new().with(StartSession).with(csrf))
        }

        fn aliases(&self) -> MiddlewareAliases {
            MiddlewareAliases::new().alias("csrf", VerifyCsrfToken::new().except([self.as_alias]))
        }
    }

    let boot = async |in_group, as_alias| {
        let app = Application::configure().kernel(Kernel { in_group, as_alias }).root("no-such-folder");
        app.routes("web", |route| route.post("/hook", || async {}).middleware("csrf")).boot().await
    };
    assert!(boot("hook/", "/hook").await.is_ok());
    for (in_group, as_alias) in [("/hook?from=shop", "/hook"), ("/hook", "/hook?from=shop")] {
        let error = boot(in_group, as_alias).await.unwrap_err();
        assert!(matches!(error, BootError::CsrfSettings(_)));
        assert_eq!(
            error.to_string(),
            "`VerifyCsrfToken` cannot exempt `/hook?from=shop`, because only the path of a request is compared: \
             remove the part from `?` or `#` on"
        );
    }
}
