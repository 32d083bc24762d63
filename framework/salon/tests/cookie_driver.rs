//! The driver `cookie` as an app author and a visitor see it, through `StartSession`.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use salon::{
    Application, Result, ServiceProvider,
    config::ConfigBuilder,
    foundation::facades,
    http::{Method, Next, Request, Response, redirect},
    routing::Router,
    session::{Driver, Session, StoreResult, concurrency},
    testing::TestApp,
};

async fn count(session: Session) -> Result<String> {
    Ok(session.increment("count")?.to_string())
}

async fn read(session: Session) -> Result<String> {
    Ok(session.get_or("count", 0)?.to_string())
}

async fn thank(session: Session) -> Result<salon::http::Redirect> {
    session.increment("thanks")?;
    Ok(redirect().to("/shown").with("success", "Thank you!"))
}

async fn shown(session: Session) -> Result<String> {
    Ok(session.get_flash::<String>("success")?.unwrap_or_else(|| "nothing".to_owned()))
}

async fn login(session: Session) -> Result<&'static str> {
    session.login("ada")?;
    Ok("welcome")
}

async fn logout(session: Session) -> Result<&'static str> {
    session.logout()?;
    Ok("bye")
}

async fn who(session: Session) -> String {
    session.user().as_deref().unwrap_or("nobody").to_owned()
}

async fn grow(session: Session) -> Result<&'static str> {
    session.put("essay", "x".repeat(5_000))?;
    session.put("title", "On engines")?;
    Ok("grown")
}

async fn save_and_grow(session: Session) -> Result<&'static str> {
    session.increment("count")?;
    session.save().await?;
    session.put("essay", "x".repeat(5_000))?;
    Ok("grown")
}

/// Ends the other sessions of the user.
async fn alone(session: Session) -> Result<&'static str> {
    let user = session.user().unwrap_or_default();
    facades::Session::driver(None).await?.end_user_sessions(&user, Some(&session.id()?.digest())).await?;
    Ok("alone")
}

fn routes(route: &mut Router) {
    route.get("/count", count);
    route.get("/read", read);
    route.post("/thanks", thank);
    route.get("/shown", shown);
    route.get("/login", login);
    route.post("/logout", logout);
    route.get("/who", who);
    route.get("/grow", grow);
    route.get("/save-and-grow", save_and_grow);
    route.get("/alone", alone);
    route.get("/block", count).session(concurrency::block());
}

async fn app(configure: impl FnOnce(ConfigBuilder) -> ConfigBuilder + Send + 'static) -> TestApp {
    let configure = |config: ConfigBuilder| configure(config.set("session.driver", "cookie"));
    TestApp::with_configuration(salon::doc_support::app(routes), configure).await
}

fn listed(config: ConfigBuilder) -> ConfigBuilder {
    config.set("session.revocations", "memory")
}

fn cookie(app: &TestApp) -> Option<String> {
    app.cookie("session").map(str::to_owned)
}

/// The same visitor in another tab, or somebody who has copied the cookie.
fn twin(app: &TestApp) -> TestApp {
    let mut twin = app.new_visitor();
    twin.set_cookie("session", &cookie(app).unwrap_or_default());
    twin
}

#[tokio::test]
async fn a_visitor_who_keeps_nothing_gets_no_cookie_and_each_change_is_in_the_next() {
    let mut app = app(|config| config).await;
    app.get("/read").await.assert_see("0").assert_header_missing("set-cookie");
    for number in 1..=3 {
        let before = cookie(&app);
        let answer = app.get("/count").await;
        answer.assert_see(&number.to_string()).assert_session_has_value("count", number);
        answer.assert_header("cache-control", "no-store");
        assert_ne!(cookie(&app), before);
        app.get("/read").await.assert_see(&number.to_string()).assert_header_missing("set-cookie");
    }
    app.with_session([("count", 41)]).await;
    app.get("/count").await.assert_see("42");
}

#[tokio::test]
async fn flash_csrf_login_and_logout_are_as_ever() {
    for listing in [false, true] {
        let mut app = app(move |config| if listing { listed(config) } else { config }).await;
        app.post("/thanks", &()).await.assert_redirect("/shown").assert_flash("success", "Thank you!");
        app.get("/shown").await.assert_see("Thank you!");
        app.get("/shown").await.assert_see("nothing");
        app.request(Method::POST, "/thanks").without_csrf_token().send().await.assert_status(419);

        app.get("/login").await.assert_ok();
        app.get("/who").await.assert_see("ada").assert_session_has_value("thanks", 1);
        let mut copy = twin(&app);
        app.post("/logout", &()).await.assert_ok();
        assert_eq!(cookie(&app), None);
        app.get("/who").await.assert_see("nobody");
        copy.get("/who").await.assert_see(if listing { "nobody" } else { "ada" });
    }
}

#[tokio::test]
async fn what_does_not_fit_into_a_cookie_is_a_500_that_tells_the_author_why_and_keeps_the_visitor_s_cookie() {
    let mut app = app(|config| config.set("app.debug", true)).await;
    app.get("/count").await.assert_see("1");
    let before = cookie(&app);
    let answer = app.get("/grow").await;
    answer.assert_status(500).assert_header_missing("set-cookie");
    answer.assert_see("a cookie holds 4096 bytes").assert_see("essay").assert_see("5002 bytes").assert_see("title");
    assert_eq!(cookie(&app), before);
    app.get("/count").await.assert_see("2").assert_session_missing("essay");
    // What the handler saved is kept; what came after it is not.
    app.get("/save-and-grow").await.assert_status(500);
    app.get("/read").await.assert_see("3").assert_session_missing("essay");
}

#[tokio::test]
async fn a_visitor_is_not_told_what_was_too_large() {
    let mut app = app(|config| config.set("app.debug", false)).await;
    app.get("/grow").await.assert_status(500).assert_dont_see("essay").assert_dont_see("4096");
}

#[tokio::test]
async fn a_route_that_wants_a_session_for_itself_says_that_there_is_no_such_thing() {
    let mut app = app(|config| config.set("app.debug", true)).await;
    app.get("/count").await.assert_ok();
    app.get("/block").await.assert_status(500).assert_see("remove `.session(concurrency::block())` from the route");
}

#[tokio::test]
async fn sr_23_a_user_ends_the_other_sessions_and_keeps_this_one() {
    let mut app = app(listed).await;
    let mut other = app.new_visitor();
    for visitor in [&mut app, &mut other] {
        visitor.get("/login").await.assert_ok();
    }
    app.get("/alone").await.assert_ok();
    other.get("/who").await.assert_see("nobody");
    let answer = app.get("/who").await;
    assert!(answer.assert_see("ada").header("set-cookie").is_some(), "sealed in the new epoch");
    app.get("/who").await.assert_see("ada").assert_header_missing("set-cookie");
}

#[tokio::test]
async fn sr_23_without_a_list_nobody_can_be_ended_and_the_author_hears_what_to_set() {
    let mut app = app(|config| config.set("app.debug", true)).await;
    app.get("/login").await.assert_ok();
    app.get("/alone").await.assert_status(500).assert_see("set `revocations` in config/session.toml");
    app.get("/who").await.assert_see("ada");
}

/// Stores nothing, and fails on demand.
#[derive(Clone, Default)]
struct Moody(Arc<AtomicBool>);

impl Moody {
    fn is_here(&self) -> StoreResult<()> {
        if self.0.load(Ordering::SeqCst) { Err("the driver is down".into()) } else { Ok(()) }
    }
}

impl Driver for Moody {
    async fn open(&self) -> StoreResult<()> {
        Ok(())
    }

    async fn close(&self) -> StoreResult<()> {
        Ok(())
    }

    async fn read(&self, _digest: &salon::session::Digest) -> StoreResult<Option<Vec<u8>>> {
        self.is_here().map(|()| None)
    }

    async fn write(&self, _: &salon::session::Digest, _: &[u8], _: std::time::Duration) -> StoreResult<()> {
        self.is_here()
    }

    async fn destroy(&self, _digest: &salon::session::Digest) -> StoreResult<()> {
        self.is_here()
    }

    async fn gc(&self, _older_than: std::time::Duration) -> StoreResult<u64> {
        self.is_here().map(|()| 0)
    }
}

struct MoodyProvider(Moody);

impl ServiceProvider for MoodyProvider {
    async fn boot(&self, _app: &Application) -> Result<()> {
        let moody = self.0.clone();
        facades::Session::extend("moody", move |_| {
            let moody = moody.clone();
            async { Ok(moody) }
        })
    }
}

#[tokio::test]
async fn a_list_that_does_not_answer_is_a_503_or_pages_without_a_session_as_the_app_wants() {
    for policy in ["fail", "anonymous"] {
        let moody = Moody::default();
        let builder = salon::doc_support::app(routes).provider(MoodyProvider(moody.clone()));
        let mut app = TestApp::with_configuration(builder, move |config| {
            let config = config.set("session.driver", "cookie").set("session.revocations", "moody");
            config.set("session.on_store_error", policy)
        })
        .await;
        app.get("/count").await.assert_see("1");
        let before = cookie(&app);
        moody.0.store(true, Ordering::SeqCst);
        let answer = app.get("/read").await;
        if policy == "fail" {
            answer.assert_status(503);
        } else {
            answer.assert_ok().assert_see("0");
        }
        answer.assert_header_missing("set-cookie");
        app.get("/count").await.assert_status(503).assert_header_missing("set-cookie");
        moody.0.store(false, Ordering::SeqCst);
        assert_eq!(cookie(&app), before);
        app.get("/count").await.assert_see("2");
    }
}

/// Attaches a session whose cookie is a header, always on the driver `cookie`.
async fn attach(mut request: Request, next: Next) -> Result<Response> {
    let driver = facades::Session::driver(Some("cookie")).await?;
    let session = facades::Session::build_session(driver, request.header("x-session"))?;
    session.start().await?;
    request.set_session(session.clone());
    let mut response = next.run(request).await;
    session.save().await?;
    if let Some(value) = session.cookie_value()? {
        response.headers_mut().insert("x-session", value.parse()?);
    }
    Ok(response)
}

#[tokio::test]
async fn a_session_built_by_hand_beside_the_configured_driver_is_handed_on_as_it_says() {
    let builder = salon::doc_support::app(|route| {
        routes(route);
        route.get("/by-hand", count).middleware(attach);
    });
    // Runs before `StartSession`, which leaves an attached session alone.
    let builder = builder.routes("api", |route| {
        route.get("/api", count).middleware(attach);
    });
    let mut app = TestApp::new(builder).await;
    let mut value = String::new();
    for number in 1..=3 {
        let answer = app.request(Method::GET, "/api").header("x-session", &value).send().await;
        answer.assert_see(&number.to_string()).assert_header_missing("set-cookie");
        value = answer.header("x-session").unwrap().to_owned();
        assert!(value.len() > 200);
    }
    app.get("/count").await.assert_see("1");
    assert_eq!(app.session().await.driver_name(), "memory");
}

#[tokio::test]
async fn sr_47_without_a_key_or_with_block_the_app_does_not_start_and_says_what_to_do() {
    for (key, value, said) in [
        ("app.key", "", "run `cargo run -- key:generate`"),
        ("session.concurrency", "block", "set `concurrency = \"merge\"`"),
        ("session.revocations", "null", "must be a driver that keeps sessions on the server"),
    ] {
        let builder = salon::doc_support::app(routes).configuration(move |config| {
            let nothing: [(&str, &str); 0] = [];
            let config = config.without_dotenv().environment(nothing).set("app.env", "testing");
            let generated = salon::encryption::Key::generate(&salon::support::Random::system()).unwrap();
            config.set("app.key", generated.to_config_text()).set("session.driver", "cookie").set(key, value)
        });
        let error = builder.boot().await.map(drop).unwrap_err();
        let mut message = error.to_string();
        let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
        while let Some(error) = cause {
            message = format!("{message}: {error}");
            cause = error.source();
        }
        assert!(message.contains(said), "{message}");
    }
}

#[tokio::test]
async fn sr_67_a_test_that_is_printed_shows_no_cookie() {
    let mut app = app(|config| config).await;
    app.get("/count").await.assert_ok();
    let shown = format!("{app:?}");
    assert!(shown.contains("session") && !shown.contains(&cookie(&app).unwrap()[..20]), "{shown}");
}
