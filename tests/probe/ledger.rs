//! A driver of the app's own: the six methods, over a map, with a record of each call. It fails, or hangs, on demand.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use salon::{
    http::{Json, extract::Inject},
    routing::Router,
    session::{Digest, Driver, StoreResult},
};
use tokio::sync::watch;

/// How often each method of the driver was called, and its state.
#[derive(Clone)]
pub(crate) struct Ledger {
    calls: Arc<Mutex<BTreeMap<&'static str, u64>>>,
    state: watch::Sender<State>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Up,
    /// Every call fails.
    Down,
    /// Every call takes a while.
    Slow,
    /// No call returns until it is in another state.
    Stuck,
}

impl Default for Ledger {
    fn default() -> Self {
        Self { calls: Arc::default(), state: watch::Sender::new(State::Up) }
    }
}

impl Ledger {
    async fn note(&self, call: &'static str) -> StoreResult<()> {
        *lock(&self.calls).entry(call).or_default() += 1;
        let state = *self.state.subscribe().wait_for(|state| *state != State::Stuck).await?;
        if state == State::Slow {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        if state == State::Down { Err("the ledger at 10.1.2.3 is shut".into()) } else { Ok(()) }
    }
}

pub(crate) struct LedgerDriver {
    ledger: Ledger,
    pages: Mutex<HashMap<Digest, Vec<u8>>>,
}

impl LedgerDriver {
    pub(crate) fn new(ledger: Ledger) -> Self {
        Self { ledger, pages: Mutex::default() }
    }
}

impl Driver for LedgerDriver {
    async fn open(&self) -> StoreResult<()> {
        self.ledger.note("open").await?;
        Ok(())
    }

    async fn close(&self) -> StoreResult<()> {
        println!("The ledger is closed.");
        Ok(())
    }

    async fn read(&self, digest: &Digest) -> StoreResult<Option<Vec<u8>>> {
        self.ledger.note("read").await?;
        Ok(lock(&self.pages).get(digest).cloned())
    }

    async fn write(&self, digest: &Digest, bytes: &[u8], _lifetime: Duration) -> StoreResult<()> {
        self.ledger.note("write").await?;
        lock(&self.pages).insert(*digest, bytes.to_vec());
        Ok(())
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<()> {
        self.ledger.note("destroy").await?;
        lock(&self.pages).remove(digest);
        Ok(())
    }

    async fn gc(&self, _older_than: Duration) -> StoreResult<u64> {
        Ok(0)
    }
}

pub(crate) fn routes(route: &mut Router) {
    route.get("/ledger", |Inject(ledger): Inject<Ledger>| async move { Json(lock(&ledger.calls).clone()) });
    for (path, state) in [
        ("/ledger/up", State::Up),
        ("/ledger/down", State::Down),
        ("/ledger/slow", State::Slow),
        ("/ledger/stuck", State::Stuck),
    ] {
        route.get(path, move |Inject(ledger): Inject<Ledger>| async move {
            ledger.state.send_replace(state);
        });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
