//! Concurrent requests of every kind: nothing is lost, nothing is handed out twice, and what has ended stays ended.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use crate::{
    tests::visitor::{KEEPING, Site},
    visit::{CookieChange, Ending, Session},
};

const TABS: u64 = 8;
const REQUESTS: u64 = 20;

/// A browser with many tabs, which share its cookie.
struct Browser {
    site: Arc<Site>,
    id: Mutex<Option<String>>,
    counted: AtomicU64,
    pushed: AtomicU64,
    taken: AtomicU64,
}

impl Browser {
    async fn new(driver: &'static str) -> Arc<Self> {
        let site = Site::new(driver);
        let mut visitor = site.visitor();
        visitor.request(|session| session.put("coupon", "NEW").unwrap()).await;
        let id = Mutex::new(visitor.id);
        Arc::new(Self { site, id, counted: 0.into(), pushed: 0.into(), taken: 0.into() })
    }

    async fn begin(&self) -> Session {
        let id = self.id.lock().unwrap().clone();
        let driver = self.site.manager.driver(None).await.unwrap();
        let session = self.site.manager.build_session(driver, id.as_deref());
        session.start().await.unwrap();
        session
    }

    async fn end(&self, session: &Session) {
        session.commit(Ending::CloseAndAge).await.unwrap();
        if let Some(CookieChange::Set { id, .. }) = session.take_cookie_change() {
            *self.id.lock().unwrap() = Some(id.expose());
        }
    }

    /// A request that does three things, chosen by a number. It does nothing with a session that has ended.
    async fn request(&self, mut chance: u64) {
        let session = self.begin().await;
        if session.created_at().is_none() {
            return;
        }
        for _ in 0..3 {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            match (chance >> 33) % 16 {
                0..4 => drop(session.increment("count").unwrap()),
                4..7 => session.update("count", |count: &mut u64| *count += 1).unwrap(),
                7..10 => {
                    session.push("list", chance).unwrap();
                    self.pushed.fetch_add(1, Ordering::SeqCst);
                    continue;
                }
                10 | 11 => {
                    let taken = session.take::<String>("coupon").await.unwrap();
                    self.taken.fetch_add(u64::from(taken.is_some()), Ordering::SeqCst);
                    continue;
                }
                12 => {
                    session.regenerate().unwrap();
                    continue;
                }
                13 => {
                    session.save().await.unwrap();
                    continue;
                }
                _ => {
                    let saving = session.clone();
                    let saved = tokio::spawn(async move { saving.save().await });
                    session.increment("count").unwrap();
                    saved.await.unwrap().unwrap();
                }
            }
            self.counted.fetch_add(1, Ordering::SeqCst);
        }
        self.end(&session).await;
    }

    /// All tabs at once. The first one does something else in the middle.
    async fn browse(self: &Arc<Self>, seed: u64, logs_out: bool) {
        let tabs = (0..TABS).map(|tab| {
            let browser = Arc::clone(self);
            tokio::spawn(async move {
                for request in 0..REQUESTS {
                    if logs_out && tab == 0 && request == REQUESTS / 2 {
                        let session = browser.begin().await;
                        session.logout().unwrap();
                        return browser.end(&session).await;
                    }
                    browser.request(seed * 1_000_003 + tab * 1_009 + request).await;
                }
            })
        });
        for tab in tabs.collect::<Vec<_>>() {
            tab.await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn requests_of_every_kind_at_once_lose_nothing_and_have_nothing_twice() {
    for driver in KEEPING {
        for seed in 0..4 {
            eprintln!("driver: {driver}, seed: {seed}");
            let browser = Browser::new(driver).await;
            browser.browse(seed, false).await;
            let session = browser.begin().await;
            assert_eq!(session.get_or("count", 0).unwrap(), browser.counted.load(Ordering::SeqCst));
            let list: Vec<u64> = session.get_or("list", Vec::new()).unwrap();
            assert_eq!(list.len() as u64, browser.pushed.load(Ordering::SeqCst));
            assert_eq!(browser.taken.load(Ordering::SeqCst) + u64::from(session.has("coupon")), 1);
            assert_eq!(browser.site.count().await, 1, "one visitor has one session");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_a_logout_among_requests_of_every_kind_there_is_no_session() {
    for driver in KEEPING {
        for seed in 0..4 {
            eprintln!("driver: {driver}, seed: {seed}");
            let browser = Browser::new(driver).await;
            browser.browse(seed, true).await;
            assert_eq!(browser.site.count().await, 0);
        }
    }
}
