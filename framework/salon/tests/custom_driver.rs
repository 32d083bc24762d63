//! Tests a driver of six methods as an app author would: from outside the crate, in one line.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use salon::session::{Digest, Driver, StoreResult};

#[derive(Clone, Default)]
struct LedgerDriver {
    pages: Arc<Mutex<HashMap<Digest, Vec<u8>>>>,
    is_away: bool,
}

impl LedgerDriver {
    fn pages(&self) -> StoreResult<MutexGuard<'_, HashMap<Digest, Vec<u8>>>> {
        if self.is_away {
            Err("the ledger is unavailable".into())
        } else {
            Ok(self.pages.lock().map_err(|_| "the lock of the ledger is poisoned")?)
        }
    }
}

impl Driver for LedgerDriver {
    async fn open(&self) -> StoreResult<()> {
        Ok(())
    }

    async fn close(&self) -> StoreResult<()> {
        Ok(())
    }

    async fn read(&self, digest: &Digest) -> StoreResult<Option<Vec<u8>>> {
        Ok(self.pages()?.get(digest).cloned())
    }

    async fn write(&self, digest: &Digest, bytes: &[u8], _lifetime: Duration) -> StoreResult<()> {
        self.pages()?.insert(*digest, bytes.to_vec());
        Ok(())
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<()> {
        self.pages()?.remove(digest);
        Ok(())
    }

    async fn gc(&self, _older_than: Duration) -> StoreResult<u64> {
        Ok(0)
    }
}

salon::testing::session_driver_suite!(
    ledger,
    || async { LedgerDriver::default() },
    shared: || async {
        let ledger = LedgerDriver::default();
        (ledger.clone(), ledger)
    },
    unreachable: || async { LedgerDriver { is_away: true, ..LedgerDriver::default() } },
);
