//! What a factory of drivers may return.

use std::{future::Future, sync::Arc};

use crate::{
    contract::{Driver, Store},
    error::{Error, Result},
    stores::{DriverContext, DriverStore},
    visit::SessionDriver,
};

/// What a factory for [`SessionManager::extend`](crate::SessionManager::extend) may return: a [`Driver`] or a
/// [`Store`]. The compiler infers `Kind`, which says which of the two it is.
pub trait IntoStore<Kind>: Send + 'static {
    /// Opens the driver.
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
        // As long as a session lives, its record is written at least once per touch interval.
        let max_lifetime = context.settings.lifetimes.user.idle + context.settings.lifetimes.user.touch_interval;
        let store = DriverStore::new(self, context.clock.clone(), max_lifetime);
        Ok(SessionDriver::new(name, Arc::new(store), Arc::clone(&context.core)))
    }
}
