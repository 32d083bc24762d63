//! Flash messages and temporary values.

use std::time::Duration;

use salon::testing::TestApp;

async fn app() -> TestApp {
    TestApp::new(app_template::app()).await
}

#[tokio::test]
async fn a_flashed_message_is_shown_on_one_page() {
    let mut app = app().await;
    app.post("/flash/set", &()).await.assert_redirect("/flash");
    app.get("/flash").await.assert_see("Flashed by the previous request").assert_session_missing("success");
    app.get("/flash").await.assert_dont_see("Flashed by the previous request");
}

#[tokio::test]
async fn a_message_for_now_is_shown_in_its_own_answer_only() {
    let mut app = app().await;
    app.post("/flash/now", &())
        .await
        .assert_ok()
        .assert_see("Shown in this response only")
        .assert_session_missing("info");
}

#[tokio::test]
async fn a_page_keeps_one_message_of_two() {
    let mut app = app().await;
    app.post("/flash/keep", &()).await;
    app.get("/flash").await.assert_see("The first of two").assert_see("The second of two");
    app.get("/flash").await.assert_see("The first of two").assert_dont_see("The second of two");
    app.get("/flash").await.assert_dont_see("The first of two");
}

#[tokio::test]
async fn a_page_keeps_all_messages() {
    let mut app = app().await;
    app.post("/flash/reflash", &()).await;
    app.get("/flash").await;
    app.get("/flash").await.assert_see("The first of two").assert_see("The second of two");
    app.get("/flash").await.assert_dont_see("The first of two").assert_dont_see("The second of two");
}

#[tokio::test]
async fn a_temporary_value_lives_for_half_a_minute() {
    let mut app = app().await;
    app.post("/flash/temporary", &()).await;
    app.advance(Duration::from_secs(29));
    app.get("/flash").await.assert_see("Seat 12, row F").assert_see("1 seconds left");
    app.advance(Duration::from_secs(1));
    app.get("/flash").await.assert_dont_see("Seat 12, row F");
}
