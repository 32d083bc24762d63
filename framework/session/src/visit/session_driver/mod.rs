//! An open driver with its name: what sessions are built on, and what an operator asks.

mod filling;

use std::{fmt, sync::Arc};

use crate::{
    contract::error::BoxError,
    contract::{id::Id, store::DynStore},
    error::Error,
    events::event::SessionEvent,
    stores::{CookieStore, ResolvedCookies},
    visit::core::Core,
};

/// An open driver. A cheap handle, had from [`SessionManager::driver`](super::SessionManager::driver) or the facade.
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
pub struct SessionDriver(Arc<Inner>);

struct Inner {
    name: String,
    store: Arc<dyn DynStore>,
    /// The same store, if it keeps sessions in the visitors' cookies.
    cookies: Option<Arc<CookieStore>>,
    core: Arc<Core>,
}

impl SessionDriver {
    pub(crate) fn new(name: &str, store: Arc<dyn DynStore>, core: Arc<Core>) -> Self {
        Self(Arc::new(Inner { name: name.to_owned(), store, cookies: None, core }))
    }

    /// The driver that keeps sessions in the visitors' cookies.
    pub(crate) fn on_cookies(name: String, store: CookieStore, core: Arc<Core>) -> Self {
        let store = Arc::new(store);
        Self(Arc::new(Inner { name, store: Arc::<CookieStore>::clone(&store), cookies: Some(store), core }))
    }

    /// The name it goes by in the configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    pub(crate) fn store(&self) -> &dyn DynStore {
        &*self.0.store
    }

    pub(crate) fn share_store(&self) -> Arc<dyn DynStore> {
        Arc::clone(&self.0.store)
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.0.core
    }

    /// The error for a store that failed at something, and the event.
    pub(crate) fn failed(&self, action: &'static str) -> impl FnOnce(BoxError) -> Error + use<'_> {
        move |source| {
            let source = match source.downcast::<Error>() {
                // The store is well: it is the session that it cannot keep.
                Ok(error) if matches!(*error, Error::TooLargeForDriver { .. }) => return *error,
                Ok(error) => error,
                Err(source) => source,
            };
            let (driver, reason) = (self.name().to_owned(), source.to_string());
            self.core().events.emit(&SessionEvent::StoreFailed { driver: driver.clone(), action, reason });
            Error::Unavailable { driver, action, source }
        }
    }

    /// True if the browsers keep the sessions, in their cookies: then nobody can count or list them.
    #[must_use]
    pub fn is_in_cookies(&self) -> bool {
        self.0.cookies.is_some()
    }

    /// The store, if it keeps sessions in the visitors' cookies.
    pub(crate) fn cookies(&self) -> Option<&CookieStore> {
        self.0.cookies.as_deref()
    }

    /// The driver for a request that brings these values in the session's cookies, and the id that they lead to. Of several
    /// that differ none is taken: one of them may have been planted by a neighbour.
    pub(crate) fn resolve_cookies<'a>(self, values: impl Iterator<Item = &'a str>) -> (Self, Option<Id>) {
        let Some(cookies) = self.cookies() else {
            let mut ids = values.filter_map(Id::parse);
            let id = ids.next();
            let is_one = ids.all(|other| Some(&other) == id.as_ref());
            if !is_one {
                tell_of_several();
            }
            return (self, id.filter(|_| is_one));
        };
        let (id, store) = match cookies.resolve_cookies(values) {
            ResolvedCookies::Session(id, store) => (Some(id), store),
            ResolvedCookies::Nothing => (None, cookies.empty()),
            ResolvedCookies::Several => {
                tell_of_several();
                (None, cookies.empty())
            }
        };
        (Self::on_cookies(self.0.name.clone(), store, Arc::clone(&self.0.core)), id)
    }
}

fn tell_of_several() {
    tracing::warn!("a request brought several different session ids; none of them was used");
}

impl fmt::Debug for SessionDriver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("SessionDriver").field(&self.name()).finish()
    }
}
