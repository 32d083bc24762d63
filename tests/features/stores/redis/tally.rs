//! Visitors who count while servers fail, and the results that were reported to them.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use salon_tests::{Visitor, within};
use tokio::task::JoinHandle;

/// A visitor who counts, one request after another, until asked to stop.
pub(super) struct Counter {
    pub(super) visitor: Visitor,
    name: String,
    said: Arc<Said>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Said {
    is_expired: AtomicBool,
    acknowledged: AtomicU64,
    unknown: AtomicU64,
}

impl Counter {
    /// A session with the visitor's name in it, and the first count.
    pub(super) async fn begin(visitor: Visitor, number: usize) -> Self {
        let name = format!("visitor{number}");
        visitor.get(&format!("/put?key={name}")).await.assert_status(200);
        let said = Arc::new(Said::default());
        let task = tokio::spawn(count(visitor.clone(), Arc::clone(&said)));
        Self { visitor, name, said, task }
    }

    pub(super) fn acknowledged(&self) -> u64 {
        self.said.acknowledged.load(Ordering::SeqCst)
    }

    pub(super) fn unknown(&self) -> u64 {
        self.said.unknown.load(Ordering::SeqCst)
    }

    /// Waits until this many more counts were acknowledged.
    pub(super) async fn gets_on(&self, more: u64) {
        let goal = self.acknowledged() + more;
        let goes_on = async {
            while self.acknowledged() < goal {
                assert!(!self.task.is_finished(), "{} received an impossible count", self.name);
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        within("more counts", goes_on).await;
    }

    /// Stops, and returns the count in the session and how far it is from what was acknowledged. Checks that the
    /// session holds no other visitor's values.
    pub(super) async fn end(self) -> (u64, std::ops::RangeInclusive<u64>) {
        self.said.is_expired.store(true, Ordering::SeqCst);
        let (acknowledged, unknown) = (Arc::clone(&self.said), Arc::clone(&self.said));
        self.task.await.expect("a counter");
        let all = self.visitor.get("/all").await;
        all.assert_status(200);
        let all = all.json();
        let keys: Vec<&String> = all.as_object().expect("a session").keys().collect();
        assert_eq!(keys, ["count", &self.name], "{} has another's session", self.name);
        let acknowledged = acknowledged.acknowledged.load(Ordering::SeqCst);
        let most = acknowledged + unknown.unknown.load(Ordering::SeqCst);
        (all["count"].as_u64().expect("a count"), acknowledged..=most)
    }
}

async fn count(visitor: Visitor, said: Arc<Said>) {
    while !said.is_expired.load(Ordering::SeqCst) {
        let answer = visitor.get("/count").await;
        match answer.status.as_u16() {
            200 => said.acknowledged.fetch_add(1, Ordering::SeqCst),
            503 => said.unknown.fetch_add(1, Ordering::SeqCst),
            status => panic!("{status}: {}", answer.text()),
        };
    }
}
