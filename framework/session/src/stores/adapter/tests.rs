//! The adapter over a driver that expires entries on its own, as a server with a time to live does.

use std::{collections::HashMap, sync::Mutex, time::Duration};

use salon_core::support::{Clock, Timestamp};

use crate::{
    contract::{Creation, Digest, Driver, Found, Record, Store, StoreError, StoreResult, Update},
    stores::DriverStore,
};

/// Forgets bytes as soon as their lifetime has passed.
struct Forgetful {
    clock: Clock,
    entries: Mutex<HashMap<Digest, (Vec<u8>, Timestamp)>>,
}

impl Driver for Forgetful {
    async fn open(&self) -> StoreResult<()> {
        Ok(())
    }

    async fn close(&self) -> StoreResult<()> {
        Ok(())
    }

    async fn read(&self, digest: &Digest) -> StoreResult<Option<Vec<u8>>> {
        let entry = self.entries.lock().unwrap().get(digest).cloned();
        Ok(entry.filter(|(_, end)| self.clock.now() < *end).map(|(bytes, _)| bytes))
    }

    async fn write(&self, digest: &Digest, bytes: &[u8], lifetime: Duration) -> StoreResult<()> {
        let end = self.clock.now() + lifetime;
        self.entries.lock().unwrap().insert(*digest, (bytes.to_vec(), end));
        Ok(())
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<()> {
        self.entries.lock().unwrap().remove(digest);
        Ok(())
    }

    async fn gc(&self, _older_than: Duration) -> StoreResult<u64> {
        Ok(0)
    }
}

fn store(clock: &Clock) -> DriverStore<Forgetful> {
    let driver = Forgetful { clock: clock.clone(), entries: Mutex::default() };
    DriverStore::new(driver, clock.clone(), Duration::from_secs(3600))
}

#[tokio::test]
async fn f_15_a_save_of_a_request_that_began_in_the_last_second_of_a_session_is_kept() {
    let (now, digest) = (Timestamp::from_seconds(1_000), Digest::from_bytes([1; 32]));
    let clock = Clock::manual(now);
    let store = store(&clock);
    let record = Record { version: 1, expires_at: now + Duration::from_secs(10), ..Record::default() };
    assert_eq!(store.create(&digest, record).await.unwrap(), Creation::Created);
    clock.advance(Duration::from_secs(9));
    assert!(matches!(store.load(&digest).await.unwrap(), Some(Found::Live(_))));
    clock.advance(Duration::from_secs(2));
    let next = Record { version: 2, expires_at: clock.now() + Duration::from_secs(10), ..Record::default() };
    assert_eq!(store.update(&digest, 1, next.clone()).await.unwrap(), Update::Saved);
    assert_eq!(store.load(&digest).await.unwrap(), Some(Found::Live(next)));
}

#[tokio::test]
async fn what_needs_a_list_of_all_sessions_is_unsupported() {
    let store = store(&Clock::system());
    let errors = [
        store.count(Timestamp::NEVER).await.unwrap_err(),
        store.user_sessions("ada").await.unwrap_err(),
        store.end_user_sessions("ada", None).await.unwrap_err(),
        store.scan(None, 1).await.unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, StoreError::Unsupported { .. }), "{error}");
        assert!(error.to_string().contains("implement the trait `Store`"), "{error}");
    }
}
