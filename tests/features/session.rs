//! Sessions over HTTP: which id belongs to whom, what a failure leaves, which headers are sent.

use std::fs;

use salon_tests::{AppFolder, Server};

#[tokio::test]
async fn the_four_ways_lead_to_one_session() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let ada = server.visitor();
    let seen = ada.get("/four-ways").await.json();
    assert_eq!(seen.to_string(), r#"{"extractor":1,"helper":3,"macro":4,"request":2}"#);
    assert_eq!(ada.get("/all").await.json(), seen);
}

#[tokio::test]
async fn a_handler_that_panics_or_fails_leaves_the_session_as_it_was() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    for path in ["/panic", "/fail"] {
        let ada = server.visitor();
        ada.get(path).await.assert_status(500).assert_no_cookie();
        ada.get("/count").await.assert_see("1");
        ada.get(path).await.assert_status(500).assert_no_cookie();
        ada.get("/count").await.assert_see("2");
    }
    assert_eq!(folder.session_files().len(), 2);
}

#[tokio::test]
async fn an_id_that_was_not_issued_here_is_never_adopted() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let planted = ["A".repeat(43), "../../../etc/passwd".into(), "x".into(), String::new(), "A".repeat(5_000)];
    for id in &planted {
        let eve = server.visitor();
        eve.set_cookie("session", id);
        eve.get("/all").await.assert_status(200).assert_see("{}");
        eve.get("/count").await.assert_status(200).assert_see("1");
        let issued = eve.cookie("session").expect("a cookie");
        assert!(issued.len() == 43 && issued != *id, "{issued}");
    }
    assert_eq!(folder.session_files().len(), planted.len());
}

#[tokio::test]
async fn the_id_changes_at_login_and_the_old_one_is_worth_nothing() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let ada = server.visitor();
    ada.get("/count").await;
    let fixed = ada.copy();
    ada.get("/login").await.assert_status(200);
    ada.get("/user").await.assert_see("ada");
    assert_eq!(ada.get("/all").await.json()["count"], 1, "what was stored before is kept");
    fixed.get("/user").await.assert_see("null");
    fixed.get("/all").await.assert_see("{}");
}

#[tokio::test]
async fn a_cookie_is_sent_when_the_browser_must_learn_something_and_not_again() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let ada = server.visitor();
    let first = ada.get("/count").await;
    let cookies = first.cookies();
    let [cookie] = cookies.as_slice() else { panic!("one cookie, not {cookies:?}") };
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "this is plain HTTP: {cookie}");
    assert_eq!(first.header("cache-control"), Some("no-store"));
    let second = ada.get("/count").await;
    second.assert_no_cookie();
    assert_eq!((second.header("cache-control"), second.header("vary")), (Some("private"), Some("Cookie")));
}

#[tokio::test]
async fn over_https_the_cookie_is_locked_to_its_host() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[("APP_URL", "https://example.org")]).await;
    let first = server.visitor().get("/count").await;
    let cookie = first.cookies().concat();
    assert!(cookie.starts_with("__Host-session=") && cookie.contains("Secure"), "{cookie}");
}

#[tokio::test]
async fn logging_out_takes_the_cookie_back() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let ada = server.visitor();
    ada.get("/login").await;
    let id = ada.cookie("session").expect("a cookie");
    ada.get("/logout").await.assert_status(200);
    assert_ne!(ada.cookie("session"), Some(id));
    assert!(folder.session_files().is_empty());
}

#[tokio::test]
async fn a_form_without_the_token_of_its_page_is_refused() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[]).await;
    let ada = server.visitor();
    ada.get("/guestbook").await;
    let entry = [("name", "Eve"), ("message", "Hello there")];
    ada.post("/guestbook", &entry).await.assert_status(419);
    let eve = server.visitor();
    let answer = eve.submit("/guestbook", "/guestbook", &entry).await;
    answer.assert_status(303);
    assert_eq!(answer.header("location"), Some("/guestbook"));
    eve.get("/guestbook").await.assert_see("Thank you, Eve!").assert_see("Hello there");
    ada.get("/guestbook").await.assert_dont_see("Hello there");
}

#[tokio::test]
async fn who_asks_to_be_forgotten_gets_another_session() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[]).await;
    let ada = server.visitor();
    ada.get("/").await;
    let before = ada.cookie("session");
    ada.submit("/", "/forget", &[]).await.assert_status(303);
    assert_ne!(ada.cookie("session"), before);
    ada.get("/").await.assert_see("You have been forgotten").assert_see("<strong>1</strong>");
    assert_eq!(folder.session_files().len(), 1);
}

#[tokio::test]
async fn a_record_that_was_damaged_is_reported_and_its_visitor_starts_afresh() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[]).await;
    let ada = server.visitor();
    ada.get("/").await;
    let before = ada.cookie("session");
    let file = folder.session_files().remove(0);
    let mut bytes = fs::read(&file).expect("a file");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&file, bytes).expect("a file");
    ada.get("/").await.assert_status(200).assert_see("<strong>1</strong>");
    assert_ne!(ada.cookie("session"), before);
    server.process().complaint("cannot be read").await;
}

#[tokio::test]
async fn a_store_that_fails_is_a_503_and_not_an_empty_session() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[]).await;
    let ada = server.visitor();
    ada.get("/").await;
    let aside = folder.path().join("aside");
    fs::rename(folder.sessions(), &aside).expect("the folder can be moved");
    fs::write(folder.sessions(), "in the way").expect("a file");
    let failed = ada.get("/").await;
    failed.assert_status(503).assert_no_cookie();
    assert!(failed.header("retry-after").is_some());
    fs::remove_file(folder.sessions()).expect("a file");
    fs::rename(&aside, folder.sessions()).expect("the folder can be moved back");
    ada.get("/").await.assert_status(200).assert_see("<strong>2</strong>");
}
