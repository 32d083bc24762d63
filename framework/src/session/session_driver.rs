//! An open driver with its name: what sessions are built on.

use std::{fmt, future::Future, sync::Arc};

use super::{
    driver::DriverStore,
    environment::Environment,
    error::{Error, Result},
    id::Id,
    store::{DynStore, Store},
    stores::{Brought, CookieStore},
};

/// An open driver. A cheap handle, had from [`SessionManager::driver`](super::SessionManager::driver).
#[derive(Clone)]
pub struct SessionDriver {
    name: Arc<str>,
    store: Arc<dyn DynStore>,
    /// The same store, if it keeps sessions in the visitors' cookies.
    cookies: Option<Arc<CookieStore>>,
}

impl SessionDriver {
    pub(crate) fn new(name: &str, store: Arc<dyn DynStore>) -> Self {
        Self { name: name.into(), store, cookies: None }
    }

    /// The driver that keeps sessions in the visitors' cookies.
    pub(crate) fn on_cookies(name: Arc<str>, store: CookieStore) -> Self {
        let store = Arc::new(store);
        Self { name, store: Arc::<CookieStore>::clone(&store), cookies: Some(store) }
    }

    /// The name it goes by in the configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn store(&self) -> &dyn DynStore {
        &*self.store
    }

    /// The store, if it keeps sessions in the visitors' cookies.
    pub(crate) fn cookies(&self) -> Option<&CookieStore> {
        self.cookies.as_deref()
    }

    /// The driver for a request that brings these values in the session's cookies, and the id that they lead to. Of several
    /// that differ none is taken: one of them may have been planted by a neighbour.
    pub(crate) fn bring<'a>(self, values: impl Iterator<Item = &'a str>) -> (Self, Option<Id>) {
        let Some(cookies) = &self.cookies else {
            let mut ids = values.filter_map(Id::parse);
            let id = ids.next();
            let is_one = ids.all(|other| Some(&other) == id.as_ref());
            if !is_one {
                tell_of_several();
            }
            return (self, id.filter(|_| is_one));
        };
        let (id, store) = match cookies.bring(values) {
            Brought::Session(id, store) => (Some(id), store),
            Brought::Nothing => (None, cookies.empty()),
            Brought::Several => {
                tell_of_several();
                (None, cookies.empty())
            }
        };
        (Self::on_cookies(self.name, store), id)
    }
}

fn tell_of_several() {
    tracing::warn!("a request brought several different session ids; none of them was used");
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
