//! How `StartSession` applies a route's choices and the configuration, as an app author sees it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use salon::{
    Result, ServiceProvider,
    config::ConfigBuilder,
    foundation::facades,
    http::{Next, Request, Response, extract::Query},
    routing::Router,
    session::{Digest, Driver, Session, SessionEvent, StoreResult, concurrency, read_only},
    testing::TestApp,
};

async fn count_by_hand(session: Session) -> Result<String> {
    let count: u32 = session.get_or("count", 0)?;
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    session.put("count", count + 1)?;
    Ok(count.to_string())
}

async fn count(session: Session) -> Result<String> {
    Ok(session.increment("count")?.to_string())
}

async fn count_and_save(session: Session) -> Result<String> {
    let count = session.increment("count")?;
    session.save().await?;
    Ok(count.to_string())
}

async fn read(session: Session) -> Result<String> {
    Ok(session.get_or("count", 0)?.to_string())
}

async fn login(session: Session) -> Result<&'static str> {
    session.login("42")?;
    Ok("welcome")
}

async fn who(session: Session) -> String {
    session.user().as_deref().unwrap_or("nobody").to_owned()
}

async fn token(session: Session) -> Result<String> {
    Ok(session.token()?)
}

fn routes(route: &mut Router) {
    route.get("/count", count);
    route.get("/saved", count_and_save);
    route.get("/read", read);
    route.get("/login", login);
    route.get("/who", who);
    route.get("/token", token);
    route.get("/switch", switch);
    route.get("/block", count_by_hand).session(concurrency::block());
    route.get("/read-only", count).session(read_only());
    route
        .group("/alone", |route| {
            route.get("/count", count_by_hand);
            route.get("/read-only", read).session(read_only());
        })
        .session(concurrency::block());
}

#[derive(serde::Deserialize)]
struct Switch {
    id: String,
}

async fn switch(Query(Switch { id }): Query<Switch>, request: Request) -> Result<String> {
    request.session()?.increment("switches")?;
    request.switch_session(&id).await?;
    read(request.session()?).await
}

async fn app(configure: impl FnOnce(ConfigBuilder) -> ConfigBuilder + Send + 'static) -> TestApp {
    TestApp::with_configuration(salon::doc_support::app(routes), configure).await
}

/// The same visitor in another tab.
fn twin(app: &TestApp) -> TestApp {
    let mut twin = app.new_visitor();
    twin.set_cookie("session", app.cookie("session").unwrap_or_default());
    twin
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_route_and_a_group_have_the_session_to_themselves_if_they_say_so() {
    for path in ["/block", "/alone/count"] {
        let mut app = app(|config| config).await;
        app.get("/count").await.assert_see("1");
        let tabs: Vec<_> = (0..20).map(|_| twin(&app)).collect();
        let requests = tabs.into_iter().map(|mut tab| {
            tokio::spawn(async move {
                tab.get(path).await.assert_ok();
            })
        });
        for request in requests.collect::<Vec<_>>() {
            request.await.unwrap();
        }
        app.get("/read").await.assert_see("21");
    }
}

#[tokio::test]
async fn a_route_that_only_reads_cannot_write_and_says_which_line_forbids_it() {
    let mut app = app(|config| config.set("app.env", "testing").set("app.debug", true)).await;
    app.get("/count").await.assert_see("1");
    app.get("/read-only").await.assert_status(500).assert_see("remove `.session(read_only())` from it");
    app.get("/alone/read-only").await.assert_ok().assert_see("1");
}

#[tokio::test]
async fn a_request_goes_on_with_another_session_that_exists_and_with_no_other() {
    let mut app = app(|config| config).await;
    let mut other = app.new_visitor();
    app.get("/count").await.assert_see("1");
    other.get("/count").await;
    other.get("/count").await.assert_see("2");
    let (first, second) = (app.cookie("session").unwrap().to_owned(), other.cookie("session").unwrap().to_owned());

    for unknown in ["", "unknown", &"A".repeat(43)] {
        app.get(&format!("/switch?id={unknown}")).await.assert_status(404).assert_header_missing("set-cookie");
        assert_eq!(app.cookie("session"), Some(first.as_str()), "{unknown}");
    }
    app.get("/read").await.assert_see("1").assert_session_has_value("switches", 3);

    app.get(&format!("/switch?id={second}")).await.assert_ok().assert_see("2").assert_session_missing("switches");
    assert_eq!(app.cookie("session"), Some(second.as_str()));
    app.set_cookie("session", &first);
    app.get("/read").await.assert_see("1").assert_session_has_value("switches", 4);
}

#[tokio::test]
async fn a_session_that_gets_old_has_a_new_id_and_its_forms_go_on_to_work() {
    let mut app = app(|config| config.set("session.regenerate_every", 15)).await;
    app.get("/count").await.assert_ok();
    let token = app.get("/token").await.text();
    let first = app.cookie("session").map(str::to_owned);
    app.advance(Duration::from_secs(15 * 60 - 1));
    app.get("/read").await.assert_ok();
    assert_eq!(app.cookie("session").map(str::to_owned), first);

    app.advance(Duration::from_secs(1));
    let mut tab = twin(&app);
    app.get("/read").await.assert_see("1");
    let second = app.cookie("session").map(str::to_owned);
    assert_ne!(second, first);
    assert_eq!(app.get("/token").await.text(), token);
    tab.get("/read").await.assert_see("1");
    assert_eq!(tab.cookie("session").map(str::to_owned), second, "a tab within the grace period gets the same one");

    app.advance(Duration::from_secs(15 * 60 - 1));
    app.get("/count").await.assert_see("2");
    assert_eq!(app.cookie("session").map(str::to_owned), second, "the new id has its own lifetime");
}

#[tokio::test]
async fn sr_09_a_fetch_that_is_late_for_a_login_leaves_the_login_s_cookie_alone() {
    let mut app = app(|config| config).await;
    app.get("/count").await.assert_see("1");
    let mut tab = twin(&app);
    app.get("/login").await.assert_ok();
    let get = || "GET".parse().unwrap();
    for path in ["/count", "/token", "/saved"] {
        let late = tab.request(get(), path).header("sec-fetch-dest", "empty").send().await;
        late.assert_ok().assert_header_missing("set-cookie");
    }
    // A client that presents the old id on a new page has missed the login's response, and starts a new session.
    let page = tab.request(get(), "/count").header("sec-fetch-dest", "document").send().await;
    page.assert_see("1");
    assert!(page.header("set-cookie").is_some());

    let mut late = app.new_visitor();
    late.set_cookie("session", app.cookie("session").unwrap_or_default());
    app.get("/login").await.assert_ok();
    app.advance(Duration::from_secs(30));
    let late = late.request(get(), "/count").header("sec-fetch-dest", "empty").send().await;
    assert!(late.header("set-cookie").is_some(), "after the grace period the id counts as unknown");
}

async fn logout_and_write(session: Session) -> Result<&'static str> {
    session.logout()?;
    session.put("count", 7)?;
    Ok("bye")
}

async fn panic_afterwards(request: Request, next: Next) -> Response {
    next.run(request).await;
    panic!("after the handler")
}

#[tokio::test]
async fn f_31_a_logout_before_a_panic_in_middleware_is_carried_out_and_nothing_else_is() {
    let builder = salon::doc_support::app(|route| {
        routes(route);
        route.get("/logout", logout_and_write).middleware(panic_afterwards);
    });
    let mut app = TestApp::new(builder).await;
    app.get("/login").await.assert_ok();
    let mut tab = twin(&app);
    app.get("/logout").await.assert_status(500);
    assert_eq!(app.cookie("session"), None);
    tab.get("/who").await.assert_see("nobody");
    tab.get("/read").await.assert_see("0");
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Stores sessions, and fails on demand.
#[derive(Clone, Default)]
struct Moody {
    pages: Arc<Mutex<HashMap<Digest, Vec<u8>>>>,
    is_away: Arc<AtomicBool>,
}

impl Moody {
    fn is_here(&self) -> StoreResult<()> {
        if self.is_away.load(Ordering::SeqCst) { Err("the driver is down".into()) } else { Ok(()) }
    }
}

impl Driver for Moody {
    async fn open(&self) -> StoreResult<()> {
        Ok(())
    }

    async fn close(&self) -> StoreResult<()> {
        Ok(())
    }

    async fn read(&self, digest: &Digest) -> StoreResult<Option<Vec<u8>>> {
        self.is_here()?;
        Ok(held(&self.pages).get(digest).cloned())
    }

    async fn write(&self, digest: &Digest, bytes: &[u8], _lifetime: Duration) -> StoreResult<()> {
        self.is_here()?;
        held(&self.pages).insert(*digest, bytes.to_vec());
        Ok(())
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<()> {
        self.is_here()?;
        held(&self.pages).remove(digest);
        Ok(())
    }

    async fn gc(&self, _older_than: Duration) -> StoreResult<u64> {
        self.is_here().map(|()| 0)
    }
}

struct MoodyProvider(Moody, Arc<Mutex<Vec<SessionEvent>>>);

impl ServiceProvider for MoodyProvider {
    async fn boot(&self, _app: &salon::Application) -> Result<()> {
        let (moody, heard) = (self.0.clone(), Arc::clone(&self.1));
        facades::Session::extend("moody", move |_| {
            let moody = moody.clone();
            async { Ok(moody) }
        })?;
        facades::Session::listen(move |event| held(&heard).push(event.clone()))
    }
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_a_503_or_pages_without_a_session_as_the_app_wants() {
    for policy in ["fail", "anonymous"] {
        let (moody, heard) = (Moody::default(), Arc::default());
        let builder = salon::doc_support::app(|route| {
            routes(route);
            route.post("/save", count);
        });
        let builder = builder.provider(MoodyProvider(moody.clone(), Arc::clone(&heard)));
        let configure =
            move |config: ConfigBuilder| config.set("session.driver", "moody").set("session.on_store_error", policy);
        let mut app = TestApp::with_configuration(builder, configure).await;
        app.get("/count").await.assert_see("1");
        let cookie = app.cookie("session").map(str::to_owned);
        held(&heard).clear();

        moody.is_away.store(true, Ordering::SeqCst);
        let answer = app.get("/read").await;
        if policy == "anonymous" {
            answer.assert_ok().assert_see("0").assert_header_missing("set-cookie");
            answer.assert_header("cache-control", "no-store");
            app.get("/who").await.assert_see("nobody");
            app.get("/token").await.assert_ok();
        } else {
            answer.assert_status(503).assert_header_missing("set-cookie");
            assert!(answer.header("retry-after").is_some());
        }
        let heard = held(&heard).clone();
        let is_told = |event: &SessionEvent| {
            matches!(event, SessionEvent::StoreFailed { driver, action: "load", reason }
                if driver == "moody" && reason == "the driver is down")
        };
        assert!(!heard.is_empty() && heard.iter().all(is_told), "{heard:?}");
        // What would write is never lost silently.
        let answer = app.get("/count").await;
        answer.assert_status(503).assert_header_missing("set-cookie");
        assert!(answer.header("retry-after").is_some(), "{policy}");
        app.request("POST".parse().unwrap(), "/save").without_csrf_token().send().await.assert_status(503);

        moody.is_away.store(false, Ordering::SeqCst);
        assert_eq!(app.cookie("session").map(str::to_owned), cookie);
        app.get("/count").await.assert_see("2");
    }
}

#[tokio::test]
async fn sr_25_a_login_that_is_used_with_another_browser_is_nobody_s_there() {
    for (binding, seen) in [("off", "42"), ("log", "42"), ("enforce", "nobody")] {
        let mut app = app(move |config| config.set("session.match_user_agent", binding)).await;
        app.request("GET".parse().unwrap(), "/login").header("user-agent", "Firefox/140.0").send().await.assert_ok();
        let mut thief = twin(&app);
        let answer = thief.request("GET".parse().unwrap(), "/who").header("user-agent", "curl/8").send().await;
        answer.assert_ok().assert_see(seen);
        if binding == "enforce" {
            answer.assert_header_missing("set-cookie");
            let answer = thief.request("GET".parse().unwrap(), "/count").header("user-agent", "curl/8").send().await;
            answer.assert_see("1");
            assert_ne!(thief.cookie("session"), app.cookie("session"), "the write goes to a separate session");
        }
        let answer = app.request("GET".parse().unwrap(), "/who").header("user-agent", "Firefox/141.0").send().await;
        answer.assert_see("42");
    }
}

#[tokio::test]
async fn requests_that_draw_the_lot_start_a_collection() {
    let (moody, heard) = (Moody::default(), Arc::<Mutex<Vec<SessionEvent>>>::default());
    let builder = salon::doc_support::app(routes).provider(MoodyProvider(moody, Arc::clone(&heard)));
    let mut app = TestApp::with_configuration(builder, |config| config.set("session.lottery", 1)).await;
    app.get("/read").await.assert_ok();
    let is_collected = || held(&heard).iter().any(|event| matches!(event, SessionEvent::Collected { .. }));
    while !is_collected() {
        tokio::task::yield_now().await;
    }
}

struct CuriousProvider(Arc<Mutex<Vec<String>>>);

impl ServiceProvider for CuriousProvider {
    async fn boot(&self, _app: &salon::Application) -> Result<()> {
        let seen = Arc::clone(&self.0);
        facades::Session::listen(move |event| {
            let user = salon::session().ok().and_then(|session| session.user());
            held(&seen).push(format!("{event:?} {}", user.as_deref().unwrap_or("nobody")));
        })
    }
}

#[tokio::test]
async fn a_listener_may_look_at_the_session_of_the_request() {
    let seen = Arc::<Mutex<Vec<String>>>::default();
    let builder = salon::doc_support::app(routes).provider(CuriousProvider(Arc::clone(&seen)));
    let mut app = TestApp::with_configuration(builder, |config| config).await;
    app.get("/count").await.assert_ok();
    app.get("/login").await.assert_ok();
    let seen = held(&seen).clone();
    let [created, regenerated] = &seen[..] else { panic!("{seen:?}") };
    assert!(created.starts_with("Created") && created.ends_with("nobody"), "{created}");
    assert!(regenerated.starts_with("Regenerated") && regenerated.ends_with("42"), "{regenerated}");
}
