//! Renewal, login, logout and expiry.

use std::{path::Path, sync::Arc, time::Duration};

use axum::{Router, extract::State, routing::get};
use http::Method;
use salon_session::{Clock, Error, Session, SessionEvent, Sessions, SessionsBuilder, Timestamp};
use tokio::sync::{Notify, mpsc};

use crate::browser::Browser;

/// Lets a test hold a request in its handler.
#[derive(Default)]
struct Gate {
    is_in: Notify,
    may_go: Notify,
}

async fn login(session: Session) -> Result<(), Error> {
    session.put("cart", "apple")?;
    session.login("ada")
}

async fn logout(session: Session) -> Result<(), Error> {
    session.logout()
}

async fn renew(session: Session) -> Result<(), Error> {
    session.regenerate()
}

async fn who(session: Session) -> Result<String, Error> {
    let user = session.user().map_or_else(|| "nobody".to_owned(), |user| user.to_string());
    Ok(format!("{user} {}", session.get_or("cart", "nothing".to_owned())?))
}

async fn fill(session: Session) -> Result<(), Error> {
    session.put("cart", "pear")
}

async fn slow(State(gate): State<Arc<Gate>>, session: Session) -> Result<(), Error> {
    let _ = session.all();
    gate.is_in.notify_one();
    gate.may_go.notified().await;
    session.put("cart", "late")
}

async fn open(builder: SessionsBuilder) -> (Browser, Sessions, Clock, Arc<Gate>) {
    let clock = Clock::manual(Timestamp::from_seconds(1_000_000));
    let sessions = builder.clock(clock.clone()).await.unwrap();
    let gate = Arc::new(Gate::default());
    let routes = Router::new().route("/login", get(login)).route("/logout", get(logout)).route("/renew", get(renew));
    let routes = routes.route("/who", get(who)).route("/fill", get(fill)).route("/slow", get(slow).post(slow));
    let app = routes.layer(sessions.layer()).with_state(Arc::clone(&gate));
    (Browser::new(&app), sessions, clock, gate)
}

type Open = fn(&Path) -> SessionsBuilder;

const DRIVERS: [Open; 3] = [
    |_| Sessions::memory(),
    |folder| Sessions::file(folder.join("sessions")),
    |folder| Sessions::sqlite(folder.join("app.sqlite")).create_table(),
];

/// Everything that happened since the last call.
struct Heard(mpsc::UnboundedReceiver<SessionEvent>);

impl Heard {
    fn of(sessions: &Sessions) -> Self {
        let (events, heard) = mpsc::unbounded_channel();
        sessions.listen(move |event| drop(events.send(event.clone())));
        Self(heard)
    }

    fn has(&mut self, wanted: fn(&SessionEvent) -> bool) -> bool {
        std::iter::from_fn(|| self.0.try_recv().ok()).any(|event| wanted(&event))
    }
}

#[tokio::test]
async fn f_22_a_logout_beats_a_slow_request() {
    let folder = tempfile::tempdir().unwrap();
    for driver in DRIVERS {
        for method in [Method::GET, Method::POST] {
            let (mut browser, sessions, _, gate) = open(driver(folder.path())).await;
            let mut heard = Heard::of(&sessions);
            browser.get("/login").await.assert_ok("");
            browser.get("/who").await.assert_ok("ada apple");
            let old = browser.clone();
            let late = {
                let old = old.clone();
                tokio::spawn(async move { old.fetch(method, "/slow", &[], "".into()).await })
            };
            gate.is_in.notified().await;
            browser.get("/logout").await.assert_ok("");
            gate.may_go.notify_one();
            let late = late.await.unwrap();
            late.assert_ok("");
            assert!(!late.headers.contains_key("set-cookie"), "{late:?}");
            old.fetch(Method::GET, "/who", &[], "".into()).await.assert_ok("nobody nothing");
            browser.get("/who").await.assert_ok("nobody nothing");
            assert!(heard.has(|event| matches!(event, SessionEvent::Gone { .. })));
        }
    }
}

#[tokio::test]
async fn sr_05_a_renewed_id_leads_to_the_session_within_the_grace_and_not_after_it() {
    let (mut browser, sessions, clock, _) = open(Sessions::memory()).await;
    let mut heard = Heard::of(&sessions);
    browser.get("/fill").await.assert_ok("");
    let mut old = browser.clone();
    browser.get("/renew").await.assert_ok("");
    assert_ne!(old.cookies, browser.cookies);

    clock.advance(Duration::from_secs(29));
    let mut parallel = old.clone();
    parallel.get("/who").await.assert_ok("nobody pear");
    assert_eq!(parallel.cookies, browser.cookies, "it learns the new id");
    assert!(!heard.has(|event| matches!(event, SessionEvent::ObsoleteId { .. })));

    clock.advance(Duration::from_secs(2));
    old.get("/who").await.assert_ok("nobody nothing");
    assert!(heard.has(|event| matches!(event, SessionEvent::ObsoleteId { .. })));
    browser.get("/who").await.assert_ok("nobody pear");
}

#[tokio::test]
async fn sr_04_a_login_changes_the_id_and_the_old_one_leads_nowhere() {
    let (mut browser, ..) = open(Sessions::memory()).await;
    browser.get("/fill").await.assert_ok("");
    let mut planted = browser.clone();
    browser.get("/login").await.assert_ok("");
    browser.get("/who").await.assert_ok("ada apple");
    assert_ne!(planted.cookies, browser.cookies);
    assert!(planted.get("/who").await.body.starts_with("nobody"));
}

#[tokio::test]
async fn sr_02_an_id_that_was_never_issued_is_not_adopted() {
    let (mut browser, ..) = open(Sessions::memory()).await;
    let planted = "A".repeat(43);
    browser.cookies.insert("__Host-session".to_owned(), planted.clone());
    browser.get("/fill").await.assert_ok("");
    assert_ne!(browser.cookies["__Host-session"], planted);
}

#[tokio::test]
async fn sr_20_a_session_ends_when_nobody_used_it_for_its_lifetime() {
    for driver in DRIVERS {
        let folder = tempfile::tempdir().unwrap();
        let (mut browser, _, clock, _) = open(driver(folder.path()).lifetime(Duration::from_secs(600))).await;
        browser.get("/fill").await.assert_ok("");
        for _ in 0..3 {
            clock.advance(Duration::from_secs(599));
            browser.get("/who").await.assert_ok("nobody pear");
        }
        clock.advance(Duration::from_secs(600));
        browser.get("/who").await.assert_ok("nobody nothing");
    }
}

#[tokio::test]
async fn a_user_is_logged_out_everywhere() {
    let (mut laptop, sessions, ..) = open(Sessions::memory()).await;
    let mut phone = laptop.clone();
    laptop.get("/login").await.assert_ok("");
    phone.get("/login").await.assert_ok("");
    let driver = sessions.manager().driver(None).await.unwrap();
    assert_eq!(driver.user_sessions("ada").await.unwrap().len(), 2);
    assert_eq!(driver.end_user_sessions("ada", None).await.unwrap(), 2);
    for browser in [&mut laptop, &mut phone] {
        browser.get("/who").await.assert_ok("nobody nothing");
    }
}
