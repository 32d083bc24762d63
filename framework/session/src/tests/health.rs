//! Health checks of drivers, requested by many and often.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::{FutureExt, future::join_all};
use tokio::sync::watch;

use crate::{
    contract::{Digest, Driver, StoreResult},
    manager::health::Probes,
    tests::{driver::SixMethods, visitor::Site},
    visit::SessionDriver,
};

/// Responds only once it may.
#[derive(Clone)]
struct Stuck {
    six: SixMethods,
    reads: Arc<AtomicU64>,
    may_answer: watch::Sender<bool>,
}

impl Driver for Stuck {
    async fn open(&self) -> StoreResult<()> {
        Ok(())
    }

    async fn close(&self) -> StoreResult<()> {
        Ok(())
    }

    async fn read(&self, digest: &Digest) -> StoreResult<Option<Vec<u8>>> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.may_answer.subscribe().wait_for(|may| *may).await?;
        self.six.read(digest).await
    }

    async fn write(&self, digest: &Digest, bytes: &[u8], lifetime: Duration) -> StoreResult<()> {
        self.six.write(digest, bytes, lifetime).await
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<()> {
        self.six.destroy(digest).await
    }

    async fn gc(&self, older_than: Duration) -> StoreResult<u64> {
        self.six.gc(older_than).await
    }
}

#[tokio::test]
async fn each_driver_that_is_open_is_asked_and_each_that_fails_is_named() {
    let site = Site::with("memory", |config| config.fallback = "file".to_owned());
    site.manager.extend("redis", |_| async { Ok(SixMethods::default()) });
    assert_eq!(site.manager.check().await, [], "no driver is open");
    site.manager.open_default().await.unwrap();
    site.manager.driver(Some("six")).await.unwrap();
    site.manager.driver(Some("redis")).await.unwrap();
    assert_eq!(site.manager.check().await, []);

    site.six.fail_reads(true);
    std::fs::remove_dir_all(site.files()).unwrap();
    let failing = site.manager.check().await;
    assert_eq!(failing.iter().map(|failing| failing.driver.as_str()).collect::<Vec<_>>(), ["file", "six"]);
    assert_eq!((failing[1].connection.clone(), failing[1].reason.as_str()), (None, "the ledger cannot be read"));
    site.six.fail_reads(false);
    std::fs::create_dir(site.files()).unwrap();
    assert_eq!(site.manager.check().await, []);
}

/// A site whose driver hangs, how often it was called, and what releases it.
async fn stuck() -> (Arc<Site>, SessionDriver, Arc<AtomicU64>, watch::Sender<bool>) {
    let site = Site::new("stuck");
    let (reads, may_answer) = (Arc::<AtomicU64>::default(), watch::Sender::new(false));
    let stuck = Stuck { six: site.six.clone(), reads: Arc::clone(&reads), may_answer: may_answer.clone() };
    site.manager.extend("stuck", move |_| std::future::ready(Ok(stuck.clone())));
    let driver = site.manager.open_default().await.unwrap();
    (site, driver, reads, may_answer)
}

#[tokio::test]
async fn f_08_a_store_that_is_stuck_is_asked_once_however_many_check() {
    let (site, driver, reads, may_answer) = stuck().await;
    let (core, probes) = (site.manager.core(), Probes::new(Duration::from_millis(5), Duration::from_secs(600)));
    let check = || probes.check(core, vec![driver.clone()]);
    for _ in 0..5 {
        for failing in join_all((0..20).map(|_| check())).await {
            assert_eq!(failing, [("stuck".to_owned(), "no response within 0 s".to_owned())]);
        }
        // Nor again for a caller that was dropped before the result.
        assert!(check().now_or_never().is_none());
    }
    assert_eq!(reads.load(Ordering::SeqCst), 1);
    may_answer.send_replace(true);
    let (core, patient) = (site.manager.core(), Probes::default());
    assert_eq!(patient.check(core, vec![driver.clone()]).await, []);
    assert_eq!(patient.check(core, vec![driver.clone()]).await, []);
    assert_eq!(reads.load(Ordering::SeqCst), 3, "a driver that has responded is checked again");
}

#[tokio::test]
async fn a_question_that_is_never_answered_is_given_up() {
    let (site, driver, reads, _) = stuck().await;
    let probes = Probes::new(Duration::from_secs(60), Duration::ZERO);
    for asked in 1..=3 {
        assert_eq!(probes.check(site.manager.core(), vec![driver.clone()]).await.len(), 1);
        assert_eq!(reads.load(Ordering::SeqCst), asked);
    }
}
