//! What a response says to the browser and to caches.

use axum::{Router, routing::get};
use http::{Method, StatusCode};
use salon_session::{Error, SameSite, Session, Sessions, SessionsBuilder};

use crate::{browser::Browser, ledger::Ledger};

async fn write(session: Session) -> Result<(), Error> {
    session.put("name", "Ada")
}

async fn read(session: Session) -> String {
    session.get_or("name", "nobody".to_owned()).unwrap()
}

async fn cached(_session: Session) -> ([(&'static str, &'static str); 1], &'static str) {
    ([("cache-control", "public, max-age=60")], "the same for everybody")
}

async fn cached_by_mistake(session: Session) -> ([(&'static str, &'static str); 1], String) {
    ([("cache-control", "public, max-age=60")], read(session).await)
}

async fn logout(session: Session) -> Result<(), Error> {
    session.logout()
}

async fn browser(builder: SessionsBuilder) -> Browser {
    let routes = Router::new().route("/write", get(write)).route("/read", get(read)).route("/logout", get(logout));
    let routes = routes.route("/cached", get(cached)).route("/mistake", get(cached_by_mistake));
    Browser::new(&routes.layer(builder.await.unwrap().layer()))
}

#[tokio::test]
async fn sr_10_the_cookie_has_the_prefix_that_its_attributes_allow() {
    let set = async |builder| browser(builder).await.get("/write").await.header("set-cookie").to_owned();
    let after = |cookie: String| cookie.split_once(';').unwrap().1.to_owned();

    let cookie = set(Sessions::memory()).await;
    assert!(cookie.starts_with("__Host-session="), "{cookie}");
    assert_eq!(after(cookie), " HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=7200");

    let cookie = set(Sessions::memory().configure(|config| config.domain = "example.org".to_owned())).await;
    assert!(cookie.starts_with("__Secure-session="), "{cookie}");
    assert_eq!(after(cookie), " HttpOnly; SameSite=Lax; Secure; Path=/; Domain=example.org; Max-Age=7200");

    let plain = Sessions::memory().secure(false).cookie_name("id").configure(|config| {
        config.same_site = SameSite::Strict;
        config.expire_on_close = true;
    });
    let cookie = set(plain).await;
    assert!(cookie.starts_with("id="), "{cookie}");
    assert_eq!(after(cookie), " HttpOnly; SameSite=Strict; Path=/");
}

#[tokio::test]
async fn the_cookie_is_removed_with_the_attributes_it_was_set_with() {
    let mut browser = browser(Sessions::memory()).await;
    browser.get("/write").await;
    let removed = browser.get("/logout").await;
    let cookie = removed.header("set-cookie");
    assert!(cookie.starts_with("__Host-session=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0"), "{cookie}");
    assert_eq!(removed.header("cache-control"), "no-store");
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn sr_13_no_cache_serves_one_visitor_the_response_to_another() {
    let mut browser = browser(Sessions::memory()).await;
    let set = browser.get("/write").await;
    assert!(set.header("cache-control").contains("no-store"), "{set:?}");

    let read = browser.get("/read").await;
    assert_eq!((read.header("vary"), read.header("cache-control")), ("Cookie", "private"));
    assert_eq!(browser.get("/mistake").await.header("cache-control"), "private, max-age=60");

    let untouched = browser.get("/cached").await;
    assert_eq!((untouched.header("vary"), untouched.header("cache-control")), ("", "public, max-age=60"));
}

#[tokio::test]
async fn sr_12_a_stranger_gets_no_cookie_and_costs_the_store_nothing() {
    let ledger = Ledger::default();
    let browser = browser(Sessions::custom(ledger.clone())).await;
    for path in ["/read", "/cached", "/no-such-page", "/logout"] {
        let answer = browser.fetch(Method::GET, path, &[], "".into()).await;
        assert!(!answer.headers.contains_key("set-cookie"), "{path}");
    }
    assert_eq!((ledger.calls(), ledger.sessions()), (0, 0));
}

#[tokio::test]
async fn reading_a_session_again_and_again_sends_no_cookie() {
    let mut browser = browser(Sessions::memory()).await;
    browser.get("/write").await;
    for _ in 0..3 {
        let read = browser.get("/read").await;
        assert_eq!((read.status, read.body.as_str()), (StatusCode::OK, "Ada"));
        assert!(!read.headers.contains_key("set-cookie"));
    }
}
