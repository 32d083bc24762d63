//! Opens drivers by name, and builds sessions on them.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use tokio::sync::OnceCell;

use crate::{
    codec::PayloadSealer,
    config::{CookieSettings, SessionConfig, Settings},
    contract::BoxError,
    error::{Error, Result},
    events::SessionEvent,
    manager::{
        built_in::{COOKIE, Factory, factories},
        collector::Collector,
        connection::connection_of,
        health::Probes,
        into_store::IntoStore,
        secrets::Secrets,
    },
    stores::{DriverContext, FallbackStore},
    visit::{Core, Session, SessionDriver},
};
use salon_core::{
    encryption::Sealer,
    support::{Clock, Random},
};
use salon_database::DatabaseManager;

tokio::task_local! {
    /// The drivers whose factories are running in this task.
    static OPENING: Vec<String>;
}

/// Opens drivers by name, and builds sessions on them. In Salon, the facade `Session` calls it.
pub struct SessionManager {
    pub(super) core: Arc<Core>,
    pub(super) config: Arc<SessionConfig>,
    databases: Arc<DatabaseManager>,
    /// Encrypts the sessions of the driver `cookie`, in an app that has a key.
    cookies: Option<Arc<Sealer>>,
    factories: RwLock<BTreeMap<String, Factory>>,
    /// The drivers that were requested, by name. The lock is held for a lookup, and not while a driver is opened.
    drivers: Mutex<HashMap<String, Arc<OnceCell<SessionDriver>>>>,
    /// The configured driver, with its fallback if it has one.
    default: OnceCell<SessionDriver>,
    pub(super) probes: Probes,
    pub(crate) collector: Arc<Collector>,
}

impl SessionManager {
    /// Creates the manager of an app with these connections.
    pub(crate) fn new(
        databases: Arc<DatabaseManager>,
        config: SessionConfig,
        settings: Settings,
        secrets: Secrets,
        clock: Clock,
        random: Random,
    ) -> Self {
        let sealer = PayloadSealer::new(secrets.payloads, config.encrypt);
        let core = Arc::new(Core::new(settings, clock, random, sealer, secrets.forms));
        Self {
            collector: Arc::new(Collector::new(Arc::clone(&core))),
            core,
            config: Arc::new(config),
            databases,
            cookies: secrets.cookies,
            factories: RwLock::new(factories()),
            drivers: Mutex::default(),
            default: OnceCell::new(),
            probes: Probes::default(),
        }
    }

    /// Registers a driver of your own under a name: a [`Driver`](crate::Driver), or a complete [`Store`](crate::Store).
    /// The function creates it from the configuration of sessions when the driver is first used. If the name is taken,
    /// even by a built-in driver, the new driver replaces the old one.
    ///
    /// [`Driver`](crate::Driver) has an example.
    pub fn extend<S, F, Kind>(&self, name: &str, factory: impl Fn(SessionConfig) -> F + Send + Sync + 'static)
    where
        S: IntoStore<Kind>,
        F: Future<Output = std::result::Result<S, BoxError>> + Send + 'static,
        Kind: 'static,
    {
        let factory: Factory = Arc::new(move |context| {
            let creating = factory((*context.config).clone());
            Box::pin(async move {
                let created = creating.await;
                let created = created.map_err(|source| Error::Open { name: context.name.clone(), source })?;
                created.open(&context).await
            })
        });
        self.factories.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), factory);
    }

    /// Registers a function that is called with everything that happens to sessions from now on. It runs within a
    /// request, so it should be quick: do what takes time in a task.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use salon_session::SessionEvent;
    ///
    /// static THEFTS: AtomicU64 = AtomicU64::new(0);
    ///
    /// # let manager = salon_session::doc_support::manager();
    /// manager.listen(|event| {
    ///     if let SessionEvent::ObsoleteId { .. } = event {
    ///         THEFTS.fetch_add(1, Ordering::Relaxed);
    ///     }
    /// });
    /// ```
    pub fn listen(&self, listener: impl Fn(&SessionEvent) + Send + Sync + 'static) {
        self.core.events.listen(Arc::new(listener));
    }

    /// Returns the driver of this name, or the configured one for `None`. It is opened when it is first used.
    ///
    /// # Errors
    /// Returns an error if there is no driver of this name, or if it cannot be opened.
    pub async fn driver(&self, name: Option<&str>) -> Result<SessionDriver> {
        match name {
            Some(name) if name != self.config.driver => self.open(name).await,
            _ => self.default_driver().await,
        }
    }

    /// Returns the driver of this name, without a fallback.
    pub(super) async fn open(&self, name: &str) -> Result<SessionDriver> {
        if let Some(driver) = self.drivers().get(name).and_then(|cell| cell.get().cloned()) {
            return Ok(driver);
        }
        let mut opening = ensure_not_opening(name)?;
        opening.push(name.to_owned());
        let cell = Arc::clone(self.drivers().entry(name.to_owned()).or_default());
        // Other drivers may be opened meanwhile, for example by the factory of this one.
        cell.get_or_try_init(|| OPENING.scope(opening, self.make(name))).await.cloned()
    }

    async fn make(&self, name: &str) -> Result<SessionDriver> {
        let factory = self.factories.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        let factory = factory
            .ok_or_else(|| Error::UnknownDriver { name: name.to_owned(), known: self.driver_names().join(", ") })?;
        let mut config = Arc::clone(&self.config);
        if let Some(connection) = self.connection_of(name).filter(|_| name != self.config.driver) {
            Arc::make_mut(&mut config).connection = connection;
        }
        let revocations = match self.config.revocations.as_str() {
            list if name == COOKIE && !list.is_empty() => Some(Box::pin(self.open(list)).await?),
            _ => None,
        };
        let context = DriverContext {
            name: name.to_owned(),
            config,
            clock: self.core.clock.clone(),
            settings: self.core.settings.clone(),
            databases: Arc::clone(&self.databases),
            cookies: self.cookies.clone(),
            revocations,
            core: Arc::clone(&self.core),
        };
        factory(context).await
    }

    pub(super) fn connection_of(&self, driver: &str) -> Option<String> {
        connection_of(driver, &self.config, &self.databases)
    }

    pub(super) fn drivers(&self) -> MutexGuard<'_, HashMap<String, Arc<OnceCell<SessionDriver>>>> {
        self.drivers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the name of the configured driver.
    #[must_use]
    pub fn driver_name(&self) -> &str {
        &self.config.driver
    }

    /// Returns the name of the driver that sessions were kept with before. It is empty if there is none.
    pub fn fallback_name(&self) -> &str {
        &self.config.fallback
    }

    /// Returns the names of all registered drivers, in alphabetical order.
    #[must_use]
    pub fn driver_names(&self) -> Vec<String> {
        self.factories.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Opens the configured driver. Call it at startup, so that a wrong configuration stops the app and not a visitor.
    ///
    /// # Errors
    /// Returns an error if there is no driver of this name, or if it, or its fallback, cannot be opened.
    pub async fn open_default(&self) -> Result<SessionDriver> {
        let (name, fallback) = (&self.config.driver, &self.config.fallback);
        ensure_not_opening(name)?;
        let opening = async {
            let driver = self.open(name).await?;
            if fallback.is_empty() {
                return Ok(driver);
            }
            let before = self.open(fallback).await.map_err(|error| match error {
                Error::UnknownDriver { name, known } => Error::UnknownFallback { name, known },
                error => error,
            })?;
            let (clock, random) = (self.core.clock.clone(), self.core.random.clone());
            let store = FallbackStore::new(driver.share_store(), before.share_store(), clock, random);
            Ok(SessionDriver::new(name, Arc::new(store), Arc::clone(&self.core)))
        };
        self.default.get_or_try_init(|| opening).await.cloned()
    }

    /// Returns the configured driver, and opens it if necessary.
    ///
    /// # Errors
    /// Returns an error if the driver cannot be opened.
    pub async fn default_driver(&self) -> Result<SessionDriver> {
        match self.default.get() {
            Some(driver) => Ok(driver.clone()),
            None => self.open_default().await,
        }
    }

    /// Returns a session on a driver, for the value of the cookie that a browser presented, if any. It is not started
    /// yet. With the driver `cookie` the value is the encrypted session, with every other driver the session's id. Any
    /// other value is ignored.
    #[must_use]
    pub fn build_session(&self, driver: SessionDriver, value: Option<&str>) -> Session {
        Session::present(driver, value.into_iter())
    }

    #[cfg(test)]
    pub(crate) const fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// Returns the settings of the session's cookie.
    #[must_use]
    pub fn cookie(&self) -> &CookieSettings {
        &self.core.settings.cookie
    }

    /// Returns the configured driver for a request, and may start a removal of expired sessions (`lottery`).
    ///
    /// # Errors
    /// Returns an error if the driver cannot be opened.
    pub async fn driver_for_request(&self) -> Result<SessionDriver> {
        let driver = self.default_driver().await?;
        self.draw_lottery(&driver);
        Ok(driver)
    }
}

/// Returns the drivers that this task is opening.
///
/// # Errors
/// Returns an error if this driver is one of them: its factory would wait for itself for ever.
fn ensure_not_opening(name: &str) -> Result<Vec<String>> {
    let opening = OPENING.try_with(Clone::clone).unwrap_or_default();
    if opening.iter().any(|opening| opening == name) {
        let source = "its own factory opens it: open another driver there".into();
        return Err(Error::Open { name: name.to_owned(), source });
    }
    Ok(opening)
}

impl fmt::Debug for SessionManager {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SessionManager").field("driver", &self.config.driver).finish_non_exhaustive()
    }
}
