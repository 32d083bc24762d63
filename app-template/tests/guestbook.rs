//! The guestbook.

use salon::{http::Method, testing::TestApp};

async fn app() -> TestApp {
    TestApp::new(app_template::app()).await
}

#[tokio::test]
async fn an_entry_is_kept_and_thanked_for_once() {
    let mut app = app().await;
    app.post("/guestbook", &[("name", "Ada"), ("message", "What a lovely room.")])
        .await
        .assert_redirect("/guestbook")
        .assert_flash("success", "Thank you, Ada!")
        .assert_no_errors();
    app.get("/guestbook").await.assert_see("Thank you, Ada!").assert_see("What a lovely room.");
    app.get("/guestbook").await.assert_dont_see("Thank you, Ada!").assert_see("What a lovely room.");
}

#[tokio::test]
async fn an_entry_that_breaks_a_rule_comes_back_with_its_errors_and_what_was_typed() {
    let mut app = app().await;
    app.get("/guestbook").await;
    app.post("/guestbook", &[("name", ""), ("message", "Hi")])
        .await
        .assert_status(303)
        .assert_errors(["name", "message"])
        .assert_old("message", "Hi")
        .assert_session_missing("entries");
    app.get("/guestbook").await.assert_see("Must be at least 3 characters long.").assert_see("Hi</textarea>");
    app.get("/guestbook").await.assert_dont_see("at least 3 characters");
}

#[tokio::test]
async fn markup_in_an_entry_is_shown_as_text() {
    let mut app = app().await;
    app.post("/guestbook", &[("name", "Eve"), ("message", "<script>alert(1)</script>")]).await;
    app.get("/guestbook").await.assert_dont_see("<script>").assert_see("&lt;script&gt;");
}

#[tokio::test]
async fn a_form_without_the_token_is_refused() {
    let mut app = app().await;
    let request = app.request(Method::POST, "/guestbook").form(&[("name", "Eve"), ("message", "Hello")]);
    request.without_csrf_token().send().await.assert_status(419).assert_session_missing("entries");
}

#[tokio::test]
async fn a_program_is_told_the_errors_as_json() {
    let mut app = app().await;
    let request = app.request(Method::POST, "/guestbook").form(&[("name", "Ada")]);
    let response = request.header("accept", "application/json").send().await;
    response.assert_status(422);
    assert_eq!(response.json()["errors"]["message"][0], "This field is required.");
}
