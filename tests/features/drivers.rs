//! A driver of the app's own, and sessions that the app builds itself.

use salon_tests::{AppFolder, Server, app_key};

#[tokio::test]
async fn a_driver_of_six_methods_is_chosen_by_its_name() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[("SESSION_DRIVER", "ledger")]).await;
    let ada = server.visitor();
    ada.get("/count").await.assert_see("1");
    ada.get("/count").await.assert_see("2");
    server.visitor().get("/count").await.assert_see("1");
    ada.get("/login").await.assert_status(200);
    ada.get("/user").await.assert_see("ada");
    ada.get("/logout").await.assert_status(200);
    ada.get("/count").await.assert_see("1");

    let calls = server.visitor().get("/ledger").await.json();
    assert_eq!(calls["open"], 1, "{calls}");
    for call in ["read", "write"] {
        assert!(calls[call].as_u64() >= Some(4), "{calls}");
    }
    assert!(folder.session_files().is_empty());
    let ended = server.stop().await;
    assert!(ended.assert_success().stdout.contains("The ledger is closed."), "{ended:?}");
}

#[tokio::test]
async fn a_driver_that_is_not_chosen_is_not_opened() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    server.visitor().get("/count").await;
    assert_eq!(server.visitor().get("/ledger").await.text(), "{}");
    let ended = server.stop().await;
    assert!(!ended.assert_success().stdout.contains("ledger"), "{ended:?}");
}

#[tokio::test]
async fn a_session_built_by_hand_is_the_session_of_its_request() {
    let folder = AppFolder::new();
    let server = Server::probe(&folder, &[]).await;
    let first = server.visitor().get("/by-hand").await;
    first.assert_status(200).assert_see(r#""visits":1"#).assert_see(r#""driver":"memory""#).assert_see("true");
    // Code that attaches a session also says where its id goes: here into a header, so StartSession sets no cookie.
    first.assert_no_cookie();
    let id = first.header("x-session").expect("an id").to_owned();
    let second = server.visitor().get_with("/by-hand", &[("x-session", &id)]).await;
    second.assert_see(r#""visits":2"#);
    assert!(folder.session_files().is_empty());
}

#[tokio::test]
async fn the_null_driver_keeps_nothing_and_says_at_the_start_what_that_means_for_forms() {
    let folder = AppFolder::new();
    let server = Server::app(&folder, &[("SESSION_DRIVER", "null")]).await;
    server.process().complaint("without APP_KEY every form that needs a CSRF token is answered with 419").await;
    let ada = server.visitor();
    ada.get("/").await.assert_status(200);
    let entry = [("name", "Ada"), ("message", "Hello there")];
    ada.submit("/guestbook", "/guestbook", &entry).await.assert_status(419).assert_no_cookie();
    assert!(folder.session_files().is_empty());
}

#[tokio::test]
async fn with_a_key_the_null_driver_accepts_forms() {
    let (folder, key) = (AppFolder::new(), app_key(0xf3));
    let server = Server::app(&folder, &[("SESSION_DRIVER", "null"), ("APP_KEY", &key)]).await;
    let entry = [("name", "Ada"), ("message", "Hello there")];
    server.visitor().submit("/guestbook", "/guestbook", &entry).await.assert_status(303);
    assert!(folder.session_files().is_empty());
}

#[tokio::test]
async fn sr_32_pages_with_a_form_store_nothing_until_the_form_is_sent() {
    let (folder, key) = (AppFolder::new(), app_key(0xf3));
    let server = Server::app(&folder, &[("APP_KEY", &key)]).await;
    for _ in 0..200 {
        server.visitor().get("/guestbook").await.assert_status(200).assert_see("_token");
    }
    assert!(folder.session_files().is_empty());
    let ada = server.visitor();
    let entry = [("name", "Ada"), ("message", "Hello there")];
    ada.submit("/guestbook", "/guestbook", &entry).await.assert_status(303);
    assert_eq!(folder.session_files().len(), 1);
    ada.submit("/guestbook", "/guestbook", &entry).await.assert_status(303);
    server.visitor().post("/guestbook", &entry).await.assert_status(419);
}
