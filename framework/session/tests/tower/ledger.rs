//! A driver whose store can be taken away, and which counts its calls.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use salon_session::{Digest, Driver, StoreResult};

#[derive(Clone, Default)]
pub(crate) struct Ledger {
    pages: Arc<Mutex<HashMap<Digest, Vec<u8>>>>,
    calls: Arc<AtomicU64>,
    is_down: Arc<AtomicBool>,
    is_read_only: Arc<AtomicBool>,
}

impl Ledger {
    /// How often the store was called.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    /// How many sessions it has.
    pub(crate) fn sessions(&self) -> usize {
        self.pages.lock().unwrap().len()
    }

    /// Takes the store away, or brings it back.
    pub(crate) fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }

    /// Lets writes fail, or succeed again.
    pub(crate) fn set_read_only(&self, is_read_only: bool) {
        self.is_read_only.store(is_read_only, Ordering::SeqCst);
    }

    fn call(&self, is_write: bool) -> StoreResult<()> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if self.is_down.load(Ordering::SeqCst) || is_write && self.is_read_only.load(Ordering::SeqCst) {
            return Err("no route to the ledger at 10.0.0.7".into());
        }
        Ok(())
    }
}

impl Driver for Ledger {
    async fn open(&self) -> StoreResult<()> {
        Ok(())
    }

    async fn close(&self) -> StoreResult<()> {
        Ok(())
    }

    async fn read(&self, digest: &Digest) -> StoreResult<Option<Vec<u8>>> {
        self.call(false)?;
        Ok(self.pages.lock().unwrap().get(digest).cloned())
    }

    async fn write(&self, digest: &Digest, bytes: &[u8], _lifetime: Duration) -> StoreResult<()> {
        self.call(true)?;
        self.pages.lock().unwrap().insert(*digest, bytes.to_vec());
        Ok(())
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<()> {
        self.call(true)?;
        self.pages.lock().unwrap().remove(digest);
        Ok(())
    }

    async fn gc(&self, _older_than: Duration) -> StoreResult<u64> {
        Ok(0)
    }
}
