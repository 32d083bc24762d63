//! What an app chooses for its routes, and the tasks behind them.

use std::{net::SocketAddr, time::Duration};

use axum::{Router, extract::connect_info::MockConnectInfo, routing::get};
use futures_util::FutureExt;
use http::StatusCode;
use salon_session::{Error, Minutes, Session, SessionEvent, Sessions, read_only};
use tokio::sync::mpsc;

use crate::browser::Browser;

async fn visits(session: Session) -> Result<String, Error> {
    Ok(session.increment("visits")?.to_string())
}

async fn optional(session: Option<Session>) -> String {
    session.is_some().to_string()
}

#[tokio::test]
async fn a_route_without_the_layer_says_which_line_to_add() {
    let mut browser = Browser::new(&Router::new().route("/", get(visits)).route("/maybe", get(optional)));
    let answer = browser.get("/").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.body.contains("SessionLayer") && answer.body.contains("`.layer(sessions.layer())`"), "{answer:?}");
    browser.get("/maybe").await.assert_ok("false");
}

#[tokio::test]
async fn a_layer_within_a_layer_of_the_same_sessions_does_nothing() {
    let sessions = Sessions::memory().await.unwrap();
    let app = Router::new().route("/", get(visits)).layer(sessions.layer()).layer(sessions.clone().layer());
    let mut browser = Browser::new(&app);
    browser.get("/").await.assert_ok("1");
    browser.get("/").await.assert_ok("2");
}

#[tokio::test]
async fn other_sessions_within_a_layer_are_other_sessions() {
    let (public, staff) = (Sessions::memory().await.unwrap(), Sessions::memory().cookie_name("staff").await.unwrap());
    let inner = Router::new().route("/staff", get(visits)).layer(staff.layer());
    let app = Router::new().route("/", get(visits)).merge(inner).layer(public.layer());
    let mut browser = Browser::new(&app);
    browser.get("/").await.assert_ok("1");
    browser.get("/").await.assert_ok("2");
    browser.get("/staff").await.assert_ok("1");
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["__Host-session", "__Host-staff"]);
}

#[tokio::test]
async fn routes_that_only_read_cannot_write() {
    let sessions = Sessions::memory().await.unwrap();
    let polled = Router::new().route("/unread", get(visits)).layer(sessions.layer().access(read_only()));
    let app = Router::new().route("/", get(visits)).layer(sessions.layer()).merge(polled);
    let mut browser = Browser::new(&app);
    browser.get("/").await.assert_ok("1");
    assert_eq!(browser.get("/unread").await.status, StatusCode::INTERNAL_SERVER_ERROR);
    browser.get("/").await.assert_ok("2");
}

#[tokio::test]
async fn a_login_remembers_the_address_of_its_client() {
    let sessions = Sessions::memory().await.unwrap();
    let layer = sessions.layer().client_address(|request| {
        let MockConnectInfo(peer) = request.extensions.get::<MockConnectInfo<SocketAddr>>()?;
        Some(peer.ip())
    });
    let login = async |session: Session| session.login("ada");
    let routes = Router::new().route("/login", get(login)).layer(layer);
    let peer = SocketAddr::from(([192, 0, 2, 7], 4711));
    Browser::new(&routes.layer(MockConnectInfo(peer))).get("/login").await.assert_ok("");
    let sessions = sessions.manager().driver(None).await.unwrap().user_sessions("ada").await.unwrap();
    assert!(format!("{sessions:?}").contains("192.0.2.7"), "{sessions:?}");
}

#[tokio::test]
async fn the_first_request_starts_the_collector() {
    let often = Sessions::memory().configure(|config| config.gc_interval = Minutes(0.001));
    let sessions = often.await.unwrap();
    let (collected, mut is_collected) = mpsc::unbounded_channel();
    sessions.listen(move |event| {
        if matches!(event, SessionEvent::Collected { .. }) {
            let _ = collected.send(());
        }
    });
    Browser::new(&Router::new().route("/", get(visits)).layer(sessions.layer())).get("/").await.assert_ok("1");
    tokio::time::timeout(Duration::from_secs(30), is_collected.recv()).await.unwrap().unwrap();
}

#[tokio::test]
async fn the_collector_ends_with_its_sessions_or_at_once_without_an_interval() {
    let sessions = Sessions::memory().await.unwrap();
    let collector = tokio::spawn(sessions.collector());
    drop(sessions);
    tokio::time::timeout(Duration::from_secs(30), collector).await.unwrap().unwrap();

    let never = Sessions::memory().configure(|config| config.gc_interval = Minutes(0.0)).await.unwrap();
    never.collector().now_or_never().unwrap();
}

#[test]
fn sessions_in_memory_need_no_runtime() {
    let sessions = Sessions::memory().build().unwrap();
    let mut browser = Browser::new(&Router::new().route("/", get(visits).post(visits)).layer(sessions.layer()));
    browser.get("/").now_or_never().unwrap().assert_ok("1");
    browser.post("/").now_or_never().unwrap().assert_ok("2");
}
