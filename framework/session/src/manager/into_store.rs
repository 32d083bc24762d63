//! What a factory of drivers may make.

use std::{future::Future, sync::Arc};

use crate::{
    contract::{driver::Driver, store::Store},
    error::{Error, Result},
    stores::{DriverStore, context::DriverContext},
    visit::session_driver::SessionDriver,
};

/// What a factory given to [`SessionManager::extend`](super::SessionManager::extend) may make: a
/// [`Driver`](super::Driver) or a [`Store`]. `Kind` tells the compiler which.
pub trait IntoStore<Kind>: Send + 'static {
    /// Opens it.
    #[doc(hidden)]
    fn open(self, context: &DriverContext) -> impl Future<Output = Result<SessionDriver>> + Send;
}

/// See [`IntoStore`].
#[derive(Debug)]
pub struct IsStore;

/// See [`IntoStore`].
#[derive(Debug)]
pub struct IsDriver;

impl<S: Store> IntoStore<IsStore> for S {
    async fn open(self, context: &DriverContext) -> Result<SessionDriver> {
        Ok(SessionDriver::new(&context.name, Arc::new(self), Arc::clone(&context.core)))
    }
}

impl<D: Driver> IntoStore<IsDriver> for D {
    async fn open(self, context: &DriverContext) -> Result<SessionDriver> {
        let name = &context.name;
        let opened = Driver::open(&self).await;
        opened.map_err(|error| Error::Open { name: name.clone(), source: error.into_source() })?;
        // A record is written at least once a touch interval as long as it lives.
        let longest_life = context.settings.lifetime.idle + context.settings.lifetime.touch_interval;
        let store = DriverStore::new(self, context.clock.clone(), longest_life);
        Ok(SessionDriver::new(name, Arc::new(store), Arc::clone(&context.core)))
    }
}
