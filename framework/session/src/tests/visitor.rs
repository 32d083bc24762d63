//! The base of the tests: a site with sessions, and visitors who send requests.

use std::{path::PathBuf, sync::Arc, time::Duration};

use salon_core::{
    encryption::{Key, KeyRing, Sealer},
    support::{Clock, Random, Timestamp},
};
use salon_database::{DatabaseConfig, DatabaseManager};
use tempfile::TempDir;

use crate::{
    config::SessionConfig,
    contract::{Digest, Id},
    manager::{Secrets, SessionManager},
    testing,
    tests::driver::SixMethods,
    visit::{Ending, Session},
};

/// The drivers that keep what they are given.
pub(super) const KEEPING: [&str; 3] = ["file", "memory", "six"];
/// The drivers that keep what they are given if requests come one after another. `listed` is `cookie` with a list of
/// revocations.
pub(super) const ALONE: [&str; 5] = ["file", "memory", "six", "cookie", "listed"];
/// Every driver.
pub(super) const DRIVERS: [&str; 6] = ["file", "memory", "six", "cookie", "listed", "null"];

/// An app's sessions on one driver, with a clock that stands still.
pub(super) struct Site {
    pub(super) manager: SessionManager,
    pub(super) clock: Clock,
    /// What the driver `six` holds.
    pub(super) six: SixMethods,
    folder: Arc<TempDir>,
    driver: &'static str,
    /// What seals the sessions of the driver `cookie`.
    cookies: Arc<Sealer>,
}

/// A sealer for the cookies of an app with these keys. The first one seals.
pub(super) fn cookie_sealer(current: &Key, previous: &[&Key]) -> Arc<Sealer> {
    let previous = previous.iter().map(|&key| key.clone()).collect();
    Arc::new(KeyRing::new(current.clone(), previous, Random::system()).sealer("session cookie").unwrap())
}

impl Site {
    pub(super) fn new(driver: &'static str) -> Arc<Self> {
        Self::with(driver, |_| {})
    }

    pub(super) fn with(driver: &'static str, adjust: impl FnOnce(&mut SessionConfig)) -> Arc<Self> {
        let clock = Clock::manual(Timestamp::from_seconds(1_000_000));
        let cookies = cookie_sealer(&Key::generate(&Random::system()).unwrap(), &[]);
        let folder = Arc::new(TempDir::new().unwrap());
        Self::build(driver, folder, SixMethods::default(), clock, None, cookies, adjust)
    }

    pub(super) fn sealed(driver: &'static str, sealer: Sealer) -> Arc<Self> {
        Self::with(driver, |_| {}).beside(Some(sealer), |config| config.encrypt = true)
    }

    /// Another process of the same app: the same folder, the same clock, nothing else in common.
    pub(super) fn beside(&self, sealer: Option<Sealer>, adjust: impl FnOnce(&mut SessionConfig)) -> Arc<Self> {
        let (folder, six, clock) = (Arc::clone(&self.folder), self.six.clone(), self.clock.clone());
        Self::build(self.driver, folder, six, clock, sealer, Arc::clone(&self.cookies), adjust)
    }

    /// Another process of the same app, whose cookies are sealed with these keys.
    pub(super) fn with_keys(&self, cookies: Arc<Sealer>, adjust: impl FnOnce(&mut SessionConfig)) -> Arc<Self> {
        let (folder, six, clock) = (Arc::clone(&self.folder), self.six.clone(), self.clock.clone());
        Self::build(self.driver, folder, six, clock, None, cookies, adjust)
    }

    fn build(
        driver: &'static str,
        folder: Arc<TempDir>,
        six: SixMethods,
        clock: Clock,
        sealer: Option<Sealer>,
        cookies: Arc<Sealer>,
        adjust: impl FnOnce(&mut SessionConfig),
    ) -> Arc<Self> {
        let (name, revocations) = if driver == "listed" { ("cookie", "six") } else { (driver, "") };
        let mut config = SessionConfig {
            driver: name.to_owned(),
            files: "sessions".to_owned(),
            revocations: revocations.to_owned(),
            ..SessionConfig::default()
        };
        adjust(&mut config);
        let settings = config.settings("http://127.0.0.1:3000").unwrap();
        let databases = Arc::new(DatabaseManager::new(folder.path().to_owned(), DatabaseConfig::default()));
        let secrets = Secrets { payloads: sealer.map(Arc::new), cookies: Some(Arc::clone(&cookies)), forms: None };
        let manager = SessionManager::new(databases, config, settings, secrets, clock.clone(), Random::system());
        let made = six.clone();
        manager.extend("six", move |_| {
            let made = made.clone();
            async { Ok(made) }
        });
        Arc::new(Self { manager, clock, six, folder, driver, cookies })
    }

    pub(super) fn visitor(self: &Arc<Self>) -> Visitor {
        Visitor::new(Arc::clone(self))
    }

    pub(super) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Where the file driver keeps its files.
    pub(super) fn files(&self) -> PathBuf {
        self.folder.path().join("sessions")
    }

    pub(super) fn file(&self, digest: &Digest) -> PathBuf {
        let name = digest.to_hex();
        self.files().join(&name[..2]).join(&name[2..])
    }

    /// The bytes that the store holds, for the drivers that expose them.
    pub(super) fn bytes(&self, digest: &Digest) -> Option<Vec<u8>> {
        match self.driver {
            "file" => std::fs::read(self.file(digest)).ok(),
            "six" => self.six.bytes(digest),
            driver => panic!("the bytes of {driver} are not accessible"),
        }
    }

    /// How many sessions the store holds.
    pub(super) async fn count(&self) -> u64 {
        match self.driver {
            "six" => self.six.count(),
            "cookie" | "listed" => 0,
            _ => self.manager.driver(None).await.unwrap().count().await.unwrap(),
        }
    }
}

pub(super) type Visitor = testing::Visitor<Site>;

impl AsRef<SessionManager> for Site {
    fn as_ref(&self) -> &SessionManager {
        &self.manager
    }
}

impl Visitor {
    /// Starts a request.
    pub(super) async fn visit(&self) -> Session {
        self.try_visit().await.unwrap()
    }

    /// Ends a request that showed a page, and starts the next one.
    pub(super) async fn next(&mut self, session: &Session) -> Session {
        self.leave(session, Ending::CloseAndAge).await.unwrap();
        self.visit().await
    }

    /// A request that does one thing.
    pub(super) async fn request(&mut self, act: impl FnOnce(&Session)) {
        let session = self.visit().await;
        act(&session);
        self.leave(&session, Ending::CloseAndAge).await.unwrap();
    }

    pub(super) fn digest(&self) -> Digest {
        Id::parse(self.id.as_deref().unwrap()).unwrap().digest()
    }

    pub(super) fn keeps(&self) -> bool {
        self.site.driver != "null"
    }
}

/// Runs a test with a new visitor of a new site on each of these drivers.
pub(super) async fn on_each(drivers: impl IntoIterator<Item = &'static str>, test: impl AsyncFn(Visitor)) {
    for driver in drivers {
        eprintln!("driver: {driver}");
        test(Site::new(driver).visitor()).await;
    }
}

/// Does something to a fresh session on every driver and checks it in the same request and in the next. If the driver
/// keeps nothing, the next request finds nothing, and no cookie was set.
pub(super) async fn now_and_next(act: impl Fn(&Session), check: impl Fn(&Session)) {
    now_and_next_on(DRIVERS, act, check).await;
}

/// Like [`now_and_next`], on these drivers.
pub(super) async fn now_and_next_on(
    drivers: impl IntoIterator<Item = &'static str>,
    act: impl Fn(&Session),
    check: impl Fn(&Session),
) {
    on_each(drivers, async |mut visitor| {
        let session = visitor.visit().await;
        act(&session);
        check(&session);
        let next = visitor.next(&session).await;
        if visitor.keeps() {
            check(&next);
        } else {
            assert!(next.all().is_empty());
            assert_eq!((visitor.id, visitor.cookie), (None, None), "a store that keeps nothing needs no cookie");
        }
    })
    .await;
}

/// Starts this many requests of one visitor, lets each act, then ends them all at once.
pub(super) async fn at_once(visitor: &Visitor, requests: usize, act: impl Fn(usize, &Session) + Send + Sync) {
    let act = |number, session: &Session| {
        act(number, session);
        Ok(())
    };
    testing::concurrently(visitor, requests, act).await.unwrap();
}
