//! An open driver with its name, on which sessions are built.

use std::{fmt, sync::Arc};

use crate::{
    codec::PayloadSealer,
    contract::{Id, StoreError},
    error::Error,
    events::SessionEvent,
    visit::{
        carrier::{Carrier, IdCarrier, Received},
        core::Core,
        dyn_store::DynStore,
    },
};

/// An open driver. A cheap handle, returned by [`SessionManager::driver`](crate::SessionManager::driver).
///
/// ```
/// # salon_session::doc_support::block_on(async {
/// # let manager = salon_session::doc_support::manager();
/// // In an app: `facades::Session::driver(Some("memory")).await?`.
/// let memory = manager.driver(Some("memory")).await?;
/// let session = manager.build_session(memory.clone(), None);
/// session.start().await?;
/// session.login("ada")?;
/// session.save().await?;
/// assert_eq!(memory.count().await?, 1);
/// assert_eq!(memory.end_user_sessions("ada", None).await?, 1);
/// assert_eq!(memory.user_sessions("ada").await?, []);
/// # Ok::<(), salon_session::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct SessionDriver(Arc<Parts>);

struct Parts {
    name: String,
    store: Arc<dyn DynStore>,
    carrier: Arc<dyn Carrier>,
    sealer: PayloadSealer,
    core: Arc<Core>,
}

impl SessionDriver {
    /// Creates a driver that keeps sessions in a store, and whose cookies carry their ids.
    pub(crate) fn new(name: &str, store: Arc<dyn DynStore>, core: Arc<Core>) -> Self {
        let (name, sealer) = (name.to_owned(), core.sealer.clone());
        Self(Arc::new(Parts { name, store, carrier: Arc::new(IdCarrier), sealer, core }))
    }

    /// Creates a driver whose cookies carry the sessions themselves. The carrier encrypts a record as a whole, so its
    /// payload is not encrypted before.
    pub(crate) fn with_carrier(
        name: &str,
        store: Arc<dyn DynStore>,
        carrier: Arc<dyn Carrier>,
        core: Arc<Core>,
    ) -> Self {
        let (name, sealer) = (name.to_owned(), PayloadSealer::default());
        Self(Arc::new(Parts { name, store, carrier, sealer, core }))
    }

    /// Returns the name of the driver in the configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// True if the server keeps the sessions, and not the browsers, so that they can be counted and listed.
    #[must_use]
    pub fn is_on_server(&self) -> bool {
        self.0.carrier.is_on_server()
    }

    pub(crate) fn store(&self) -> &dyn DynStore {
        &*self.0.store
    }

    pub(crate) fn share_store(&self) -> Arc<dyn DynStore> {
        Arc::clone(&self.0.store)
    }

    pub(crate) fn carrier(&self) -> &dyn Carrier {
        &*self.0.carrier
    }

    pub(crate) fn sealer(&self) -> &PayloadSealer {
        &self.0.sealer
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.0.core
    }

    /// Returns the error for a store that failed at an action, and emits the event if the store is at fault.
    pub(crate) fn failed(&self, action: &'static str) -> impl FnOnce(StoreError) -> Error + use<'_> {
        move |error| {
            let driver = self.name().to_owned();
            let (source, is_known) = match error {
                StoreError::Unsupported { reason } => return Error::Unsupported { driver, action, reason },
                StoreError::TooLarge { bytes, limit, remedy } => {
                    return Error::TooLargeForDriver { driver, bytes, limit, remedy };
                }
                StoreError::Unavailable { source } => (source, true),
                StoreError::OutcomeUnknown { source } => (source, false),
            };
            let reason = source.to_string();
            self.core().events.emit(&SessionEvent::StoreFailed { driver: driver.clone(), action, reason });
            if is_known {
                Error::Unavailable { driver, action, source }
            } else {
                Error::OutcomeUnknown { driver, action, source }
            }
        }
    }

    /// Returns the driver for a request whose cookies have these values, and the id that they lead to.
    pub(crate) fn resolve_cookies<'a>(self, mut values: impl Iterator<Item = &'a str>) -> (Self, Option<Id>) {
        let Received { id, own } = self.0.carrier.receive(&mut values);
        match own {
            None => (self, id),
            Some((store, carrier)) => (Self::with_carrier(&self.0.name, store, carrier, Arc::clone(&self.0.core)), id),
        }
    }
}

impl fmt::Debug for SessionDriver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("SessionDriver").field(&self.name()).finish()
    }
}
