//! From names to drivers, and from drivers to sessions.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use tokio::sync::OnceCell;

use super::{
    built_in::{COOKIE, Factory, factories},
    codec::PayloadSealer,
    config::SessionConfig,
    connection::connection_of,
    core::Core,
    environment::Environment,
    error::{BoxError, Error, Result},
    event::SessionEvent,
    gc,
    health::{FailingDriver, Questions},
    id::Digest,
    migration::{self, Migrated, MigrationError},
    session::Session,
    session_driver::{IntoStore, SessionDriver},
    settings::Settings,
    store::Listing,
    stores::FallbackStore,
};
use crate::{
    database::DatabaseManager,
    encryption::Sealer,
    support::{Clock, Random},
};

/// Opens drivers by name and builds sessions on them. The facade `Session` speaks for it.
pub struct SessionManager {
    core: Arc<Core>,
    config: Arc<SessionConfig>,
    databases: Arc<DatabaseManager>,
    /// What seals sessions that are kept in cookies.
    cookies: Option<Arc<Sealer>>,
    factories: RwLock<BTreeMap<String, Factory>>,
    /// Each that was asked for, by its name; held for a lookup, and not while one is opened.
    drivers: Mutex<HashMap<String, Arc<OnceCell<SessionDriver>>>>,
    /// The configured one, with its fallback if it has one.
    default: OnceCell<SessionDriver>,
    questions: Questions,
}

impl SessionManager {
    /// A manager for an app with these connections.
    pub(crate) fn new(
        databases: Arc<DatabaseManager>,
        config: SessionConfig,
        settings: Settings,
        sealer: Option<Arc<Sealer>>,
        clock: Clock,
        random: Random,
    ) -> Self {
        let sealer = PayloadSealer::new(sealer, config.encrypt);
        Self {
            core: Arc::new(Core::new(settings, clock, random, sealer)),
            config: Arc::new(config),
            databases,
            cookies: None,
            factories: RwLock::new(factories()),
            drivers: Mutex::default(),
            default: OnceCell::new(),
            questions: Questions::default(),
        }
    }

    /// The manager for an app whose key has made this for its sessions in cookies.
    pub(crate) fn sealing_cookies(mut self, sealer: Arc<Sealer>) -> Self {
        self.cookies = Some(sealer);
        self
    }

    /// Registers a driver of your own under a name: a [`Driver`](super::Driver) or a whole [`Store`](super::Store), made by
    /// a function of the session's configuration when it is first asked for. A name that is taken is taken over.
    ///
    /// The example is at [`Driver`](super::Driver).
    pub fn extend<S, F, Kind>(&self, name: &str, factory: impl Fn(SessionConfig) -> F + Send + Sync + 'static)
    where
        S: IntoStore<Kind>,
        F: Future<Output = std::result::Result<S, BoxError>> + Send + 'static,
        Kind: 'static,
    {
        let factory: Factory = Arc::new(move |environment| {
            let making = factory((*environment.config).clone());
            Box::pin(async move {
                let made = making.await;
                let made = made.map_err(|source| Error::Open { name: environment.name.clone(), source })?;
                made.open(&environment).await
            })
        });
        self.factories.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), factory);
    }

    /// Has this function called with everything that happens to sessions, from now on. It is called on the way of a request:
    /// let it be quick, and hand what takes time to a task.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use salon::session::SessionEvent;
    ///
    /// static THEFTS: AtomicU64 = AtomicU64::new(0);
    ///
    /// # let manager = salon::doc_support::manager();
    /// manager.listen(|event| {
    ///     if let SessionEvent::ObsoleteId { .. } = event {
    ///         THEFTS.fetch_add(1, Ordering::Relaxed);
    ///     }
    /// });
    /// ```
    pub fn listen(&self, listener: impl Fn(&SessionEvent) + Send + Sync + 'static) {
        self.core.events.listen(Arc::new(listener));
    }

    /// The driver of this name, opened when first asked for; the configured one for `None`.
    ///
    /// # Errors
    /// There is none of that name, or it cannot be opened.
    pub async fn driver(&self, name: Option<&str>) -> Result<SessionDriver> {
        match name {
            Some(name) if name != self.config.driver => self.open(name).await,
            _ => self.default_driver().await,
        }
    }

    /// The driver of this name, by itself.
    async fn open(&self, name: &str) -> Result<SessionDriver> {
        let cell = Arc::clone(self.drivers().entry(name.to_owned()).or_default());
        // Others may be opened meanwhile: by the factory of this one, for example.
        cell.get_or_try_init(|| self.make(name)).await.cloned()
    }

    async fn make(&self, name: &str) -> Result<SessionDriver> {
        let factory = self.factories.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        let factory =
            factory.ok_or_else(|| Error::UnknownDriver { name: name.to_owned(), known: self.names().join(", ") })?;
        let mut config = Arc::clone(&self.config);
        if let Some(connection) = self.connection_of(name).filter(|_| name != self.config.driver) {
            Arc::make_mut(&mut config).connection = connection;
        }
        let revocations = match self.config.revocations.as_str() {
            list if name == COOKIE && !list.is_empty() => Some(Box::pin(self.open(list)).await?),
            _ => None,
        };
        let environment = Environment {
            name: name.to_owned(),
            config,
            clock: self.core.clock.clone(),
            settings: self.core.settings.clone(),
            databases: Arc::clone(&self.databases),
            cookies: self.cookies.clone(),
            revocations,
            core: Arc::clone(&self.core),
        };
        factory(environment).await
    }

    fn connection_of(&self, driver: &str) -> Option<String> {
        connection_of(driver, &self.config, &self.databases)
    }

    fn drivers(&self) -> MutexGuard<'_, HashMap<String, Arc<OnceCell<SessionDriver>>>> {
        self.drivers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The name of the configured driver.
    #[must_use]
    pub fn driver_name(&self) -> &str {
        &self.config.driver
    }

    /// The name of the driver that sessions were kept with before; empty if there is none.
    pub(crate) fn fallback_name(&self) -> &str {
        &self.config.fallback
    }

    /// The names that there are.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.factories.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Opens the configured driver, so that a wrong one stops the start and not a visitor.
    pub(crate) async fn open_default(&self) -> Result<SessionDriver> {
        let (name, fallback) = (&self.config.driver, &self.config.fallback);
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

    /// The configured driver; opened at the start.
    pub(crate) async fn default_driver(&self) -> Result<SessionDriver> {
        match self.default.get() {
            Some(driver) => Ok(driver.clone()),
            None => self.open_default().await,
        }
    }

    /// A session on a driver, of the cookie's value that a browser presented or of none. It is not started yet. With the driver
    /// `cookie` the value is the sealed session, with every other one the session's id; a value that is none of ours is none.
    #[must_use]
    pub fn build_session(&self, driver: SessionDriver, value: Option<&str>) -> Session {
        self.build(driver, value.into_iter())
    }

    /// The session of a request with these values in the session's cookies.
    pub(crate) fn build<'a>(&self, driver: SessionDriver, values: impl Iterator<Item = &'a str>) -> Session {
        let (driver, id) = driver.bring(values);
        Session::new(Arc::clone(&self.core), driver, id)
    }

    /// How many sessions the configured driver keeps.
    ///
    /// # Errors
    /// The driver failed, or cannot count.
    pub async fn count(&self) -> Result<u64> {
        self.default_driver().await?.count().await
    }

    /// Removes expired sessions from the configured driver; how many.
    ///
    /// # Errors
    /// The driver failed.
    pub async fn gc(&self) -> Result<u64> {
        self.default_driver().await?.gc().await
    }

    /// Ends the session that an id leads to; whether there was one.
    ///
    /// # Errors
    /// The driver failed.
    pub async fn destroy(&self, id: &str) -> Result<bool> {
        self.default_driver().await?.destroy(id).await
    }

    /// Ends the session of a digest, as a list of sessions names it, be it renewed since; whether there was one.
    ///
    /// # Errors
    /// The driver failed.
    pub async fn destroy_digest(&self, digest: &Digest) -> Result<bool> {
        self.default_driver().await?.destroy_digest(digest).await
    }

    /// The sessions that a user is logged in with.
    ///
    /// # Errors
    /// The driver failed, or cannot list.
    pub async fn list_of_user(&self, user: &str) -> Result<Vec<Listing>> {
        self.default_driver().await?.list_of_user(user).await
    }

    /// Ends the sessions of a user, but for one that may stay; how many.
    ///
    /// # Errors
    /// The driver failed, or cannot list.
    pub async fn end_of_user(&self, user: &str, except: Option<&Digest>) -> Result<u64> {
        self.default_driver().await?.end_of_user(user, except).await
    }

    /// Copies the sessions that are alive from one driver to another, and tells each time how far it has come, and of how many if
    /// the source can count.
    pub(crate) async fn migrate(
        &self,
        from: &str,
        to: &str,
        mut tell: impl FnMut(&Migrated, Option<u64>),
    ) -> std::result::Result<Migrated, MigrationError> {
        migration::check(from, to, &self.names())?;
        let (source, target) = (self.open(from).await?, self.open(to).await?);
        let total = source.store().count(self.core.clock.now()).await.ok();
        Ok(migration::migrate(&self.core, &source, &target, |migrated| tell(migrated, total)).await?)
    }

    /// Asks every driver that is open, the configured one among them, whether it answers: those that do not. It takes three
    /// seconds at most, and never asks a driver that has yet to answer.
    ///
    /// ```
    /// # salon::doc_support::block_on(async {
    /// # let manager = salon::doc_support::manager();
    /// for failing in manager.check().await {
    ///     println!("the session driver {} does not answer: {}", failing.driver, failing.reason);
    /// }
    /// # });
    /// ```
    pub async fn check(&self) -> Vec<FailingDriver> {
        let opened = self.drivers().values().filter_map(|cell| cell.get().cloned()).collect();
        let failing = self.questions.ask(&self.core, opened).await.into_iter();
        let failing =
            failing.map(|(driver, reason)| FailingDriver { connection: self.connection_of(&driver), driver, reason });
        failing.collect()
    }

    /// Removes expired sessions regularly until `shutdown` is ready.
    pub(crate) async fn collect_regularly(&self, shutdown: impl Future<Output = ()> + Send) -> Result<()> {
        let interval = self.config.gc_interval.as_duration();
        if interval.is_zero() {
            return Ok(());
        }
        let driver = self.default_driver().await?;
        gc::collect_regularly(Arc::clone(&self.core), driver, interval, shutdown).await;
        Ok(())
    }

    /// Starts a collection in the background if this request has drawn it, and none is under way.
    pub(crate) fn draw_lottery(&self, driver: &SessionDriver) {
        let core = &self.core;
        if core.settings.lottery.is_some_and(|odds| core.random.is_drawn(odds)) {
            let (core, driver) = (Arc::clone(core), driver.clone());
            tokio::spawn(async move { gc::collect_unless_busy(&core, &driver).await });
        }
    }

    /// Lets go of every driver that was opened.
    ///
    /// # Errors
    /// A driver could not write what it held.
    pub(crate) async fn close(&self) -> Result<()> {
        let mut closed = Ok(());
        // The fallback among them: what is made of two lets go of nothing else.
        let drivers: Vec<_> = self.drivers().drain().filter_map(|(_, cell)| cell.get().cloned()).collect();
        for driver in drivers {
            closed = closed.and(driver.store().close().await.map_err(self.core.failed(&driver, "close")));
        }
        closed
    }

    #[cfg(test)]
    pub(crate) const fn core(&self) -> &Arc<Core> {
        &self.core
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.core.settings
    }
}

impl fmt::Debug for SessionManager {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SessionManager").field("driver", &self.config.driver).finish_non_exhaustive()
    }
}
