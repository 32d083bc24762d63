//! A driver under test, with everything around it that a session needs.

use std::{
    any::TypeId,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use salon_core::support::{Clock, Random, Timestamp};
use salon_database::{DatabaseConfig, DatabaseManager};

use crate::visit::DynStore;
use crate::{
    config::SessionConfig,
    contract::{Creation, Digest, Found, Id, Record},
    error::Error,
    manager::{IntoStore, IsStore, Secrets, SessionManager},
    testing::violation::{Checked, Violation, same},
    visit::SessionDriver,
};

/// The name of the driver in these tests.
const NAME: &str = "suite";
/// The seconds that a request waits for a session that another request holds: enough for a slow store, and short for a
/// wrong one.
const LOCK_WAIT: u64 = 5;
/// How long a session lives without a request.
pub(super) const LIFETIME: Duration = Duration::from_secs(2 * 3600);

/// The sessions of an app on the driver under test, with a clock that stands still.
#[derive(Debug)]
pub struct Site {
    manager: SessionManager,
    driver: SessionDriver,
    pub(super) clock: Clock,
    /// True for a complete `Store`, which also decides races between processes.
    pub(super) is_store: bool,
}

impl Site {
    /// Opens the driver.
    ///
    /// # Errors
    /// Returns an error if the driver cannot be opened.
    pub async fn open<S: IntoStore<Kind>, Kind: 'static>(made: S) -> Checked<Arc<Self>> {
        // The clock starts at the current time, because a store may expire records by its own clock, and at a whole
        // second, because a store may keep nothing finer.
        let now = Timestamp::from(SystemTime::now()).as_seconds();
        Self::open_at(made, Clock::manual(Timestamp::from_seconds(now))).await
    }

    /// Opens two drivers on the same storage, as two processes of an app would.
    ///
    /// # Errors
    /// Returns an error if one of them cannot be opened.
    pub async fn open_both<S: IntoStore<Kind>, Kind: 'static>(
        (first, second): (S, S),
    ) -> Checked<(Arc<Self>, Arc<Self>)> {
        let first = Self::open(first).await?;
        let second = Self::open_at(second, first.clock.clone()).await?;
        Ok((first, second))
    }

    /// Opens a driver whose store is down. Returns `None` if opening it failed already.
    ///
    /// # Errors
    /// None. It returns a result like the other functions, so that all checks can be run alike.
    pub async fn open_unreachable<S: IntoStore<Kind>, Kind: 'static>(made: S) -> Checked<Option<Arc<Self>>> {
        Ok(Self::open(made).await.ok())
    }

    async fn open_at<S: IntoStore<Kind>, Kind: 'static>(made: S, clock: Clock) -> Checked<Arc<Self>> {
        let config = SessionConfig { driver: NAME.to_owned(), lock_wait: LOCK_WAIT, ..SessionConfig::default() };
        let settings = config.settings("http://127.0.0.1:3000");
        let settings =
            settings.map_err(|error| Violation::Broken(format!("the default configuration is wrong: {error:?}")))?;
        let databases = Arc::new(DatabaseManager::new(PathBuf::new(), DatabaseConfig::default()));
        let manager =
            SessionManager::new(databases, config, settings, Secrets::default(), clock.clone(), Random::system());
        let made = Mutex::new(Some(made));
        manager.extend(NAME, move |_config| {
            let made = made.lock().unwrap_or_else(PoisonError::into_inner).take();
            async { made.ok_or_else(|| "the driver was opened twice".into()) }
        });
        let driver = manager.driver(None).await?;
        let is_store = TypeId::of::<Kind>() == TypeId::of::<IsStore>();
        Ok(Arc::new(Self { manager, driver, clock, is_store }))
    }

    pub(super) fn store(&self) -> &dyn DynStore {
        self.driver.store()
    }

    /// A live record of this version.
    pub(super) fn record(&self, version: u64, payload: &str) -> Record {
        let now = self.clock.now();
        Record {
            version,
            created_at: now,
            active_at: now,
            expires_at: now + LIFETIME,
            payload: Bytes::copy_from_slice(payload.as_bytes()),
            ..Record::default()
        }
    }

    /// Creates a record of version 1 under a new digest, and returns both.
    pub(super) async fn keep(&self, payload: &str) -> Checked<(Digest, Record)> {
        let (digest, record) = (digest()?, self.record(1, payload));
        same("`create` under a free digest", self.store().create(&digest, record.clone()).await?, Creation::Created)?;
        Ok((digest, record))
    }

    /// Checks that exactly this is stored under a digest.
    pub(super) async fn holds(&self, what: &str, digest: &Digest, expected: Option<&Record>) -> Checked {
        same(what, self.store().load(digest).await?, expected.cloned().map(Found::Live))
    }
}

impl AsRef<SessionManager> for Site {
    fn as_ref(&self) -> &SessionManager {
        &self.manager
    }
}

/// An id that was never used before.
pub(super) fn id() -> Checked<Id> {
    Ok(Id::generate(&Random::system()).map_err(Error::from)?)
}

/// A digest that was never used before.
pub(super) fn digest() -> Checked<Digest> {
    Ok(id()?.digest())
}
