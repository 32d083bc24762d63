//! A built-in driver, opened as an app's configuration would, for the suite.

use std::{fmt, path::PathBuf, sync::Arc};

#[cfg(feature = "_sql")]
use salon_database::DatabaseError;
use salon_database::{ConnectionConfig, DatabaseConfig, DatabaseManager};

#[cfg(feature = "_sql")]
use crate::stores::migration;
use crate::{
    config::SessionConfig,
    error::{Error, Result},
    manager::{IntoStore, IsStore, factories},
    stores::{DriverContext, FallbackStore},
    visit::SessionDriver,
};

/// A built-in driver, by name, with the configuration to open it with.
#[derive(Clone, Debug)]
pub struct BuiltIn {
    name: &'static str,
    root: PathBuf,
    session: SessionConfig,
    database: DatabaseConfig,
    #[cfg(feature = "_sql")]
    makes_table: bool,
    on_open: OnOpen,
    fallback: Option<Box<Self>>,
}

/// What to do once a driver is open.
#[derive(Clone, Default)]
struct OnOpen(Option<Arc<dyn Fn() + Send + Sync>>);

impl fmt::Debug for OnOpen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("OnOpen").field(&self.0.is_some()).finish()
    }
}

impl BuiltIn {
    /// The driver of this name, in an app in this folder.
    #[must_use]
    pub fn new(name: &'static str, root: impl Into<PathBuf>) -> Self {
        let (session, database) = (SessionConfig::default(), DatabaseConfig::default());
        Self {
            name,
            root: root.into(),
            session,
            database,
            #[cfg(feature = "_sql")]
            makes_table: false,
            on_open: OnOpen::default(),
            fallback: None,
        }
    }

    /// Changes the `session` section of the configuration.
    #[must_use]
    pub fn session(mut self, change: impl FnOnce(&mut SessionConfig)) -> Self {
        change(&mut self.session);
        self
    }

    /// Keeps the sessions on this connection.
    #[must_use]
    pub fn on(mut self, connection: ConnectionConfig) -> Self {
        self.database.connections.insert("suite".to_owned(), connection);
        self.session.connection = "suite".to_owned();
        self
    }

    /// Runs `act` as soon as the driver is open. Used for the option `unreachable`, to take the server away.
    #[must_use]
    pub fn on_open(mut self, act: impl Fn() + Send + Sync + 'static) -> Self {
        self.on_open = OnOpen(Some(Arc::new(act)));
        self
    }

    /// Uses this driver as the fallback.
    #[must_use]
    pub fn over(mut self, fallback: Self) -> Self {
        self.fallback = Some(Box::new(fallback));
        self
    }

    /// Creates the table of the `database` driver when it is opened, as a migration does in an app.
    #[cfg(feature = "_sql")]
    #[must_use]
    pub const fn making_table(mut self) -> Self {
        self.makes_table = true;
        self
    }

    /// Opens the driver on its own, without the fallback.
    async fn open_alone(self, context: &DriverContext) -> Result<SessionDriver> {
        let unknown = || Error::UnknownDriver { name: self.name.to_owned(), known: String::new() };
        let factory = factories().remove(self.name).ok_or_else(unknown)?;
        let context = DriverContext {
            config: Arc::new(self.session),
            databases: Arc::new(DatabaseManager::new(self.root, self.database)),
            ..context.clone()
        };
        #[cfg(feature = "_sql")]
        if self.makes_table {
            let made = make_table(&context).await;
            made.map_err(|source| Error::Open { name: self.name.to_owned(), source: source.into() })?;
        }
        let driver = factory(context).await?;
        if let OnOpen(Some(act)) = self.on_open {
            act();
        }
        Ok(driver)
    }
}

impl IntoStore<IsStore> for BuiltIn {
    async fn open(mut self, context: &DriverContext) -> Result<SessionDriver> {
        let fallback = self.fallback.take();
        let driver = self.open_alone(context).await?;
        let Some(fallback) = fallback else { return Ok(driver) };
        let fallback = fallback.open_alone(context).await?;
        let (clock, core) = (context.clock.clone(), Arc::clone(&context.core));
        let store = FallbackStore::new(driver.share_store(), fallback.share_store(), clock, core.random.clone());
        Ok(SessionDriver::new(driver.name(), Arc::new(store), core))
    }
}

#[cfg(feature = "_sql")]
async fn make_table(context: &DriverContext) -> std::result::Result<(), DatabaseError> {
    let pool = context.databases.pool(Some(&context.config.connection)).await?;
    let (up, _) = migration(pool.dialect(), &context.config.table);
    pool.run(up).await
}
