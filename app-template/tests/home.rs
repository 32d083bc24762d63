//! The welcome page.

use salon::testing::TestApp;

async fn app() -> TestApp {
    TestApp::new(app_template::app()).await
}

#[tokio::test]
async fn visits_are_counted() {
    let mut app = app().await;
    app.get("/").await.assert_ok().assert_see("Welcome.").assert_session_has_value("visits", 1);
    app.get("/").await.assert_ok().assert_see("Welcome back.").assert_session_has_value("visits", 2);
}

#[tokio::test]
async fn two_visitors_have_two_sessions() {
    let mut first = app().await;
    let mut second = first.new_visitor();
    first.get("/").await;
    first.get("/").await.assert_session_has_value("visits", 2);
    second.get("/").await.assert_session_has_value("visits", 1);
}

#[tokio::test]
async fn who_wants_to_be_forgotten_is() {
    let mut app = app().await;
    app.with_session([("visits", 41)]).await;
    app.post("/forget", &()).await.assert_redirect("/").assert_session_missing("visits");
    app.get("/").await.assert_see("You have been forgotten").assert_session_has_value("visits", 1);
}

#[tokio::test]
async fn a_session_ends_two_hours_after_the_last_request() {
    let mut app = app().await;
    app.get("/").await;
    app.advance(std::time::Duration::from_secs(2 * 60 * 60));
    app.get("/").await.assert_session_has_value("visits", 1);
}

#[tokio::test]
async fn a_page_that_is_not_there_is_a_404_and_makes_no_session() {
    let mut app = app().await;
    app.get("/nowhere").await.assert_status(404).assert_see("no such page").assert_header_missing("set-cookie");
}

#[tokio::test]
async fn an_address_for_programs_needs_no_session() {
    let mut app = app().await;
    app.get("/api/health").await.assert_json("ok".into()).assert_header_missing("set-cookie");
}

#[tokio::test]
async fn the_app_says_that_it_lives_and_is_ready() {
    let mut app = app().await;
    for (path, status) in [("/health/live", r#"{"status":"live"}"#), ("/health/ready", r#"{"status":"ready"}"#)] {
        app.get(path).await.assert_ok().assert_see(status).assert_header_missing("set-cookie");
    }
}
