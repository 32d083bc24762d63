//! A driver of six methods, as an app's author would write one.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::{
    codec,
    contract::{Digest, Driver, Found, StoreResult},
    error::Error,
    tests::visitor::{Site, on_each},
    visit::Ending,
};

/// Keeps bytes in a map, yields to other tasks in every call, and fails when asked to.
#[derive(Clone, Default)]
pub(crate) struct SixMethods(Arc<Inner>);

#[derive(Default)]
struct Inner {
    records: Mutex<HashMap<Digest, Vec<u8>>>,
    reads_fail: AtomicBool,
    writes_fail: AtomicBool,
    /// True if writes are carried out although their result is lost.
    replies_are_lost: AtomicBool,
    /// How many removals succeed before they fail, if they do.
    removals_left: Mutex<Option<u32>>,
    reads: AtomicU64,
    writes: AtomicU64,
    closings: AtomicU64,
    collected: Mutex<Option<Duration>>,
}

impl SixMethods {
    pub(crate) fn bytes(&self, digest: &Digest) -> Option<Vec<u8>> {
        self.0.records.lock().unwrap().get(digest).cloned()
    }

    pub(crate) fn put(&self, digest: Digest, bytes: Vec<u8>) {
        self.0.records.lock().unwrap().insert(digest, bytes);
    }

    /// The number of sessions it holds, not counting forwards from old ids.
    pub(crate) fn count(&self) -> u64 {
        let records = self.0.records.lock().unwrap();
        let found = records.iter().map(|(digest, bytes)| codec::decode(digest, &bytes.clone().into()));
        found.filter(|found| matches!(found, Found::Live(_))).count() as u64
    }

    /// Removes everything, and returns how many entries there were.
    pub(crate) fn clear(&self) -> u64 {
        self.0.records.lock().unwrap().drain().count() as u64
    }

    /// Makes everything unreadable.
    pub(crate) fn spoil(&self) {
        self.0.records.lock().unwrap().values_mut().for_each(|bytes| bytes.truncate(20));
    }

    pub(crate) fn reads(&self) -> u64 {
        self.0.reads.load(Ordering::SeqCst)
    }

    pub(crate) fn writes(&self) -> u64 {
        self.0.writes.load(Ordering::SeqCst)
    }

    pub(crate) fn closings(&self) -> u64 {
        self.0.closings.load(Ordering::SeqCst)
    }

    pub(crate) fn fail_reads(&self, fail: bool) {
        self.0.reads_fail.store(fail, Ordering::SeqCst);
    }

    pub(crate) fn fail_writes(&self, fail: bool) {
        self.0.writes_fail.store(fail, Ordering::SeqCst);
    }

    pub(crate) fn lose_replies(&self, lose: bool) {
        self.0.replies_are_lost.store(lose, Ordering::SeqCst);
    }

    /// Lets this many removals succeed, and makes those after them fail.
    pub(crate) fn fail_removals_after(&self, removals: Option<u32>) {
        *self.0.removals_left.lock().unwrap() = removals;
    }

    fn may_remove(&self) -> bool {
        match &mut *self.0.removals_left.lock().unwrap() {
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
            None => true,
        }
    }
}

impl Driver for SixMethods {
    async fn open(&self) -> StoreResult<()> {
        Ok(())
    }

    async fn close(&self) -> StoreResult<()> {
        self.0.closings.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    async fn read(&self, digest: &Digest) -> StoreResult<Option<Vec<u8>>> {
        tokio::task::yield_now().await;
        self.0.reads.fetch_add(1, Ordering::SeqCst);
        if self.0.reads_fail.load(Ordering::SeqCst) {
            return Err("the ledger cannot be read".into());
        }
        Ok(self.bytes(digest))
    }

    async fn write(&self, digest: &Digest, bytes: &[u8], lifetime: Duration) -> StoreResult<()> {
        tokio::task::yield_now().await;
        if self.0.writes_fail.load(Ordering::SeqCst) {
            return Err("the ledger is full".into());
        }
        assert!(!lifetime.is_zero(), "a written record has a lifetime");
        self.0.writes.fetch_add(1, Ordering::SeqCst);
        self.put(*digest, bytes.to_vec());
        if self.0.replies_are_lost.load(Ordering::SeqCst) {
            return Err("the ledger did not answer".into());
        }
        Ok(())
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<()> {
        tokio::task::yield_now().await;
        if self.0.writes_fail.load(Ordering::SeqCst) || !self.may_remove() {
            return Err("the ledger is full".into());
        }
        self.0.records.lock().unwrap().remove(digest);
        Ok(())
    }

    async fn gc(&self, older_than: Duration) -> StoreResult<u64> {
        *self.0.collected.lock().unwrap() = Some(older_than);
        Ok(0)
    }
}

#[tokio::test]
async fn sr_07_a_driver_sees_neither_the_id_nor_a_way_to_it() {
    let site = Site::new("six");
    let mut visitor = site.visitor();
    visitor.request(|session| session.put("name", "Ada").unwrap()).await;
    let id = visitor.id.clone().unwrap();
    let old = visitor.digest();
    let raw = crate::contract::id::Id::parse(&id).unwrap().bytes();
    visitor.request(|session| session.regenerate().unwrap()).await;
    let new_raw = crate::contract::id::Id::parse(&visitor.id.clone().unwrap()).unwrap().bytes();
    for digest in [old, visitor.digest()] {
        let bytes = site.six.bytes(&digest).unwrap();
        for secret in [id.as_bytes(), &raw, visitor.id.clone().unwrap().as_bytes(), &new_raw] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret));
        }
    }
}

#[tokio::test]
async fn a_collection_asks_the_driver_for_nothing_that_may_still_be_alive() {
    let site = Site::new("six");
    assert_eq!(site.manager.driver(None).await.unwrap().gc().await.unwrap(), 0);
    // The lifetime of 120 minutes, the 300 seconds for which activity need not be written back, and the margin.
    let asked = || site.six.0.collected.lock().unwrap().take();
    assert_eq!(asked(), Some(Duration::from_secs(120 * 60 + 300 + 60)));

    // F-14: a clock that jumps ahead.
    let driver = site.manager.driver(None).await.unwrap();
    let ten_years = Duration::from_secs(10 * 365 * 86_400);
    site.clock.advance(ten_years);
    site.manager.collector.collect_unless_busy(&driver).await;
    assert!(asked() > Some(ten_years));
}

#[tokio::test]
async fn what_six_methods_cannot_do_is_an_error_that_says_so() {
    let site = Site::new("six");
    let error = site.manager.driver(None).await.unwrap().count().await.unwrap_err();
    assert!(matches!(error, Error::Unsupported { .. }) && !error.is_unavailable(), "{error:?}");
    assert!(error.to_string().contains("implement the trait `Store`"), "{error}");
}

#[tokio::test]
async fn closing_lets_go_of_every_driver_that_was_opened() {
    let site = Site::new("memory");
    site.manager.driver(Some("memory")).await.unwrap();
    site.manager.driver(Some("six")).await.unwrap();
    site.manager.close().await.unwrap();
    assert_eq!(site.six.closings(), 1);
}

#[tokio::test]
async fn an_unknown_driver_is_an_error_that_names_the_known_ones() {
    let site = Site::new("memory");
    let error = site.manager.driver(Some("memroy")).await.unwrap_err();
    assert!(matches!(&error, Error::UnknownDriver { name, .. } if name == "memroy"));
    let error = error.to_string();
    for name in ["array", "cookie", "database", "file", "memory", "null", "six"] {
        assert!(error.contains(&format!("{name}, ")) || error.contains(&format!("{name}. ")), "{name}: {error}");
    }
}

#[tokio::test]
async fn a_driver_that_cannot_be_opened_is_an_error_that_says_why() {
    let site = Site::new("memory");
    site.manager.extend("ledger", |_| async { Err::<SixMethods, _>("no ledger there".into()) });
    let error = site.manager.driver(Some("ledger")).await.unwrap_err();
    assert!(
        matches!(&error, Error::Open { name, source } if name == "ledger" && source.to_string() == "no ledger there")
    );
}

#[tokio::test]
async fn array_is_another_name_for_memory() {
    on_each(["array"], async |mut visitor| {
        visitor.request(|session| session.put("name", "Ada").unwrap()).await;
        assert_eq!(visitor.visit().await.get::<String>("name").unwrap().as_deref(), Some("Ada"));
    })
    .await;
}

#[tokio::test]
async fn the_null_driver_knows_nobody() {
    let site = Site::new("null");
    let mut visitor = site.visitor();
    let session = visitor.visit().await;
    session.put("name", "Ada").unwrap();
    session.login("42").unwrap();
    session.save().await.unwrap();
    session.increment("visits").unwrap();
    assert_eq!(session.get::<i64>("visits").unwrap(), Some(1));
    assert_eq!(session.take::<String>("name").await.unwrap().as_deref(), Some("Ada"));
    session.logout().unwrap();
    visitor.leave(&session, Ending::CloseAndAge).await.unwrap();
    assert_eq!((visitor.id, visitor.cookie), (None, None));
    assert_eq!(site.count().await, 0);
}

/// Returns these bytes for missing entries, as PHP's handlers return empty ones.
struct Answers(SixMethods, &'static [u8]);

impl Driver for Answers {
    async fn open(&self) -> StoreResult<()> {
        Ok(())
    }

    async fn close(&self) -> StoreResult<()> {
        Ok(())
    }

    async fn read(&self, digest: &Digest) -> StoreResult<Option<Vec<u8>>> {
        tokio::task::yield_now().await;
        Ok(Some(self.0.bytes(digest).unwrap_or_else(|| self.1.to_vec())))
    }

    async fn write(&self, digest: &Digest, bytes: &[u8], lifetime: Duration) -> StoreResult<()> {
        assert!(
            lifetime >= Duration::from_secs(1),
            "a store that counts whole seconds would keep it forever, or refuse it"
        );
        self.0.write(digest, bytes, lifetime).await
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<()> {
        self.0.destroy(digest).await
    }

    async fn gc(&self, older_than: Duration) -> StoreResult<u64> {
        self.0.gc(older_than).await
    }
}

#[tokio::test]
async fn empty_bytes_are_no_session() {
    let site = Site::with("ledger", |config| config.regenerate_grace = 0);
    let six = site.six.clone();
    site.manager.extend("ledger", move |_| std::future::ready(Ok(Answers(six.clone(), b""))));
    let mut visitor = site.visitor();
    let session = visitor.visit().await;
    session.put("name", "Ada").unwrap();
    let end = visitor.leave(&session, Ending::Close);
    tokio::time::timeout(Duration::from_secs(5), end).await.unwrap().unwrap();
    visitor.request(|session| session.regenerate().unwrap()).await;
    assert!(visitor.visit().await.has("name"));
}

#[tokio::test]
async fn a_driver_that_has_something_under_every_new_id_is_an_error_and_no_endless_search() {
    let site = Site::new("ledger");
    let six = site.six.clone();
    site.manager.extend("ledger", move |_| std::future::ready(Ok(Answers(six.clone(), b"?"))));
    let mut visitor = site.visitor();
    let session = visitor.visit().await;
    session.put("name", "Ada").unwrap();
    let end = visitor.leave(&session, Ending::Close);
    let error = tokio::time::timeout(Duration::from_secs(5), end).await.unwrap().unwrap_err();
    assert!(error.is_unavailable(), "{error}");
}
