//! The app under test, with a visitor.

use std::{sync::Arc, time::Duration};

use http::Method;
use serde::Serialize;

use super::{TestRequest, TestResponse, jar::Jar};
use crate::{
    config::ConfigBuilder,
    encryption::Key,
    foundation::{Application, ApplicationBuilder},
    middleware::StartSession,
    session::{Session, SessionManager, concurrency},
    support::{Clock, Random, Timestamp},
};

/// An app that has booted for a test, and one visitor with a cookie jar.
///
/// Sessions are stored in memory, the key is freshly generated, `.env` and the environment are not read, and the clock
/// stands still until the test moves it. Everything else is as the app configures it. Any error fails the test.
///
/// ```
/// use salon::{Application, http::{Redirect, redirect}, http::MiddlewareList, middleware::{StartSession, VerifyCsrfToken}};
/// use salon::{Result, routing::{MiddlewareGroups, Router}, session::Session, testing::TestApp};
///
/// # struct Kernel;
/// # impl salon::Kernel for Kernel {
/// #     fn groups(&self) -> MiddlewareGroups {
/// #         let web = MiddlewareList::new().with(StartSession).with(VerifyCsrfToken::new());
/// #         MiddlewareGroups::new().group("web", web)
/// #     }
/// # }
/// async fn count(session: Session) -> Result<String> {
///     Ok(session.increment("visits")?.to_string())
/// }
///
/// async fn thank() -> Redirect {
///     redirect().route("count").with("success", "Thank you!")
/// }
///
/// fn web(route: &mut Router) {
///     route.get("/", count).name("count");
///     route.post("/thanks", thank);
/// }
///
/// # salon::doc_support::block_on(async {
/// # let root = tempfile::tempdir().unwrap();
/// let app = Application::configure().kernel(Kernel).routes("web", web);
/// # let app = app.root(root.path());
/// let mut app = TestApp::new(app).await;
///
/// app.get("/").await.assert_ok().assert_see("1").assert_session_has_value("visits", 1);
/// app.with_session([("visits", 41)]).await;
/// app.get("/").await.assert_see("42");
/// app.post("/thanks", &()).await.assert_redirect("/").assert_flash("success", "Thank you!");
/// # });
/// ```
#[derive(Debug)]
pub struct TestApp {
    app: Application,
    clock: Clock,
    jar: Jar,
}

impl TestApp {
    /// Boots an app.
    ///
    /// # Panics
    /// Panics if the app does not boot. The test fails with the reason.
    #[must_use]
    pub async fn new(app: ApplicationBuilder) -> Self {
        Self::with_configuration(app, |config| config).await
    }

    /// Boots an app with a configuration of the test's own: `|config| config.set("session.lifetime", 30)`.
    ///
    /// # Panics
    /// Panics if the app does not boot. The test fails with the reason.
    #[must_use]
    #[expect(clippy::panic, reason = "a test that cannot start has failed")]
    pub async fn with_configuration(
        app: ApplicationBuilder,
        configure: impl FnOnce(ConfigBuilder) -> ConfigBuilder + Send + 'static,
    ) -> Self {
        let clock = Clock::manual(Clock::system().now());
        let key = Key::generate(&Random::system()).map(|key| key.to_config_text());
        let key = key.unwrap_or_else(|error| panic!("{error}"));
        let app = app.clock(clock.clone()).configuration(move |config| {
            let config = config.without_dotenv().environment::<&str, &str>([]);
            let config = config.set("app.env", "testing").set("app.key", key).set("session.driver", "memory");
            configure(config)
        });
        match app.boot().await {
            Ok(app) => Self { app, clock, jar: Jar::default() },
            Err(error) => panic!("the app does not come up: {}", crate::support::sentence(&error)),
        }
    }

    /// Returns the app.
    #[must_use]
    pub const fn application(&self) -> &Application {
        &self.app
    }

    /// Creates another visitor of the same app, with an empty cookie jar.
    #[must_use]
    pub fn new_visitor(&self) -> Self {
        Self { app: self.app.clone(), clock: self.clock.clone(), jar: Jar::default() }
    }

    /// Advances the clock.
    pub fn advance(&self, duration: Duration) {
        self.clock.advance(duration);
    }

    /// Returns the current time of the app.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Deletes the visitor's cookies.
    pub fn forget_cookies(&mut self) {
        self.jar.clear();
    }

    /// Returns a cookie of the visitor.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.jar.get(name)
    }

    /// Sets a cookie of the visitor.
    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.jar.set(name, value);
    }

    /// Prepares a request, to be sent with [`TestRequest::send`].
    pub fn request(&mut self, method: Method, path: &str) -> TestRequest<'_> {
        TestRequest::new(self, method, path)
    }

    /// Requests a page.
    pub async fn get(&mut self, path: &str) -> TestResponse {
        self.request(Method::GET, path).send().await
    }

    /// Sends a form: anything that serde can serialize as one, such as `[("name", "Ada")]`. The session's CSRF token is
    /// included if the route has a session.
    pub async fn post(&mut self, path: &str, form: &(impl Serialize + Sync)) -> TestResponse {
        self.request(Method::POST, path).form(form).send().await
    }

    /// Sends JSON, and accepts JSON. The session's CSRF token is included if the route has a session.
    pub async fn post_json(&mut self, path: &str, body: &(impl Serialize + Sync)) -> TestResponse {
        self.request(Method::POST, path).json(body).send().await
    }

    /// Runs a future in which facades refer to this app, for a test that calls a facade itself; see
    /// [`Application::scope`].
    ///
    /// ```
    /// use salon::{facades, testing::TestApp};
    ///
    /// # salon::doc_support::block_on(async {
    /// # let app = salon::doc_support::app(|_| {});
    /// let mut app = TestApp::new(app).await;
    /// app.with_session([("name", "Ada")]).await;
    /// assert_eq!(app.scope(facades::Session::count()).await?, 1);
    /// # Ok::<(), salon::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> {
        self.app.scope(future)
    }

    /// Puts values into the visitor's session, and creates one if there is none.
    ///
    /// # Panics
    /// Panics if a value cannot be stored.
    pub async fn with_session<K: AsRef<str>, V: Serialize>(&mut self, values: impl IntoIterator<Item = (K, V)>) {
        let session = self.session().await;
        check(session.put_many(values));
        self.keep(&session).await;
    }

    /// Logs a user in, as `session.login` does.
    ///
    /// # Panics
    /// Panics if the session cannot be stored.
    pub async fn login(&mut self, user: &str) {
        let session = self.session().await;
        check(session.login(user));
        self.keep(&session).await;
    }

    /// Returns the visitor's current session, started.
    ///
    /// # Panics
    /// Panics if the app has no sessions, or if they cannot be read.
    pub async fn session(&self) -> Session {
        let session = self.build_session().await;
        check(self.app.scope(session.start()).await);
        session
    }

    /// Returns the visitor's session as a response left it, or an empty one while the store is unavailable.
    pub(super) async fn session_after(&self) -> Session {
        let session = self.build_session().await;
        if self.app.scope(session.start()).await.is_ok() {
            return session;
        }
        let manager = self.manager();
        let session = manager.build_session(check(self.app.scope(manager.driver(None)).await), None);
        // Without an id the store is not asked.
        check(session.start().await);
        session
    }

    async fn build_session(&self) -> Session {
        let manager = self.manager();
        let value = self.jar.get(manager.cookie().name());
        let session = manager.build_session(check(self.app.scope(manager.driver(None)).await), value);
        // A test only observes: it neither blocks requests of the app nor waits for them.
        session.set_access(concurrency::merge());
        session
    }

    /// Returns the session's token, for a request that its page would send. It creates a session if there is none, except
    /// for a route without sessions: a request to it carries no token, and leaves no session behind.
    pub(super) async fn csrf_token(&mut self, method: &Method, path: &str) -> Option<String> {
        let has_cookie = self.jar.get(self.manager().cookie().name()).is_some();
        if !has_cookie && !self.app.routes()?.runs::<StartSession>(method, path) {
            return None;
        }
        let session = self.session().await;
        let token = check(session.token());
        self.keep(&session).await;
        Some(token)
    }

    pub(super) const fn jar_mut(&mut self) -> &mut Jar {
        &mut self.jar
    }

    async fn keep(&mut self, session: &Session) {
        check(self.app.scope(session.save()).await);
        if let Some(value) = check(session.cookie_value()) {
            self.jar.set(session.name(), &value);
        }
    }

    #[expect(clippy::panic, reason = "a test that asks for sessions where there are none has failed")]
    fn manager(&self) -> Arc<SessionManager> {
        self.app.sessions().unwrap_or_else(|| panic!("the app has no sessions"))
    }
}

/// Returns the value, or fails the test.
#[track_caller]
#[expect(clippy::panic, reason = "a test whose session fails has failed")]
fn check<T>(result: crate::session::Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("{}", crate::support::sentence(&error)))
}
