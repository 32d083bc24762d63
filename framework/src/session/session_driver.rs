//! An open driver with its name: what sessions are built on.

use std::{fmt, future::Future, sync::Arc};

use super::{
    driver::DriverStore,
    environment::Environment,
    error::{Error, Result},
    store::{DynStore, Store},
};

/// An open driver. A cheap handle, had from [`SessionManager::driver`](super::SessionManager::driver).
#[derive(Clone)]
pub struct SessionDriver {
    name: Arc<str>,
    store: Arc<dyn DynStore>,
}

impl SessionDriver {
    pub(crate) fn new(name: &str, store: Arc<dyn DynStore>) -> Self {
        Self { name: name.into(), store }
    }

    /// The name it goes by in the configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn store(&self) -> &dyn DynStore {
        &*self.store
    }
}

impl fmt::Debug for SessionDriver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("SessionDriver").field(&self.name).finish()
    }
}

/// What a factory given to [`SessionManager::extend`](super::SessionManager::extend) may make: a
/// [`Driver`](super::Driver) or a [`Store`]. `Kind` tells the compiler which.
pub trait IntoStore<Kind>: Send + 'static {
    /// Opens it.
    #[doc(hidden)]
    fn open(self, environment: &Environment) -> impl Future<Output = Result<SessionDriver>> + Send;
}

/// See [`IntoStore`].
#[derive(Debug)]
pub struct IsStore;

/// See [`IntoStore`].
#[derive(Debug)]
pub struct IsDriver;

impl<S: Store> IntoStore<IsStore> for S {
    async fn open(self, environment: &Environment) -> Result<SessionDriver> {
        Ok(SessionDriver::new(&environment.name, Arc::new(self)))
    }
}

impl<D: super::Driver> IntoStore<IsDriver> for D {
    async fn open(self, environment: &Environment) -> Result<SessionDriver> {
        let name = &environment.name;
        let opened = super::Driver::open(&self).await;
        opened.map_err(|source| Error::Open { name: name.clone(), source })?;
        // A record is written at least once a touch interval as long as it lives.
        let longest_life = environment.settings.lifetime.idle + environment.settings.lifetime.touch_interval;
        let store = DriverStore::new(self, environment.clock.clone(), longest_life);
        Ok(SessionDriver::new(name, Arc::new(store)))
    }
}
