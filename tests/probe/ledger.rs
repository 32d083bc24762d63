//! A driver of the app's own: the six methods, over a map, with a note of each call.

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

/// What was asked of the driver, and how often.
#[derive(Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<BTreeMap<&'static str, u64>>>);

impl Ledger {
    fn note(&self, call: &'static str) {
        *lock(&self.0).entry(call).or_default() += 1;
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
        self.ledger.note("open");
        Ok(())
    }

    async fn close(&self) -> StoreResult<()> {
        println!("The ledger is closed.");
        Ok(())
    }

    async fn read(&self, digest: &Digest) -> StoreResult<Option<Vec<u8>>> {
        self.ledger.note("read");
        Ok(lock(&self.pages).get(digest).cloned())
    }

    async fn write(&self, digest: &Digest, bytes: &[u8], _lifetime: Duration) -> StoreResult<()> {
        self.ledger.note("write");
        lock(&self.pages).insert(*digest, bytes.to_vec());
        Ok(())
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<()> {
        self.ledger.note("destroy");
        lock(&self.pages).remove(digest);
        Ok(())
    }

    async fn gc(&self, _older_than: Duration) -> StoreResult<u64> {
        Ok(0)
    }
}

pub(crate) fn routes(route: &mut Router) {
    route.get("/ledger", |Inject(ledger): Inject<Ledger>| async move { Json(lock(&ledger.0).clone()) });
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
