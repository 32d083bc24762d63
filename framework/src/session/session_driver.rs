//! An open driver with its name: what sessions are built on, and what an operator asks.

use std::{fmt, future::Future, sync::Arc};

use super::{
    core::Core,
    destroy::destroy_wholly,
    driver::DriverStore,
    environment::Environment,
    error::{Error, Result},
    event::SessionEvent,
    gc,
    id::{Digest, Id},
    store::{DynStore, Listing, Store},
    stores::{Brought, CookieStore},
};

/// An open driver. A cheap handle, had from [`SessionManager::driver`](super::SessionManager::driver) or the facade.
///
/// ```
/// # salon::doc_support::block_on(async {
/// # let manager = salon::doc_support::manager();
/// // In an app: `facades::Session::driver(Some("memory")).await?`.
/// let memory = manager.driver(Some("memory")).await?;
/// let session = manager.build_session(memory.clone(), None);
/// session.start().await?;
/// session.login("ada")?;
/// session.save().await?;
/// assert_eq!(memory.count().await?, 1);
/// assert_eq!(memory.end_of_user("ada", None).await?, 1);
/// assert_eq!(memory.list_of_user("ada").await?, []);
/// # Ok::<(), salon::session::Error>(())
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

    /// How many sessions it keeps.
    ///
    /// # Errors
    /// The driver failed, or cannot count.
    pub async fn count(&self) -> Result<u64> {
        let core = &self.0.core;
        self.store().count(core.clock.now()).await.map_err(core.failed(self, "count sessions"))
    }

    /// Removes expired sessions; how many. The configured driver's are removed every `gc_interval` without being asked, another
    /// one's are not.
    ///
    /// # Errors
    /// The driver failed.
    pub async fn gc(&self) -> Result<u64> {
        gc::collect(&self.0.core, self).await
    }

    /// Ends the session that an id leads to; whether there was one.
    ///
    /// # Errors
    /// The driver failed.
    pub async fn destroy(&self, id: &str) -> Result<bool> {
        match Id::parse(id) {
            Some(id) => self.destroy_digest(&id.digest()).await,
            None => Ok(false),
        }
    }

    /// Ends the session of a digest, as a list of sessions names it, be it renewed since; whether there was one.
    ///
    /// # Errors
    /// The driver failed.
    pub async fn destroy_digest(&self, digest: &Digest) -> Result<bool> {
        destroy_wholly(Arc::clone(&self.0.core), self.clone(), *digest).await
    }

    /// The sessions that a user is logged in with.
    ///
    /// # Errors
    /// The driver failed, or cannot list.
    pub async fn list_of_user(&self, user: &str) -> Result<Vec<Listing>> {
        let core = &self.0.core;
        let listed = self.store().list_of_user(user).await;
        let mut listed = listed.map_err(core.failed(self, "list a user's sessions"))?;
        let (now, lifetime) = (core.clock.now(), core.lifetime());
        listed.retain(|session| now < lifetime.expires_at(session.created_at, session.active_at));
        Ok(listed)
    }

    /// Ends the sessions of a user, but for one that may stay; how many.
    ///
    /// # Errors
    /// The driver failed, or cannot list.
    pub async fn end_of_user(&self, user: &str, except: Option<&Digest>) -> Result<u64> {
        let core = &self.0.core;
        let ended = self.store().end_of_user(user, except).await;
        let sessions = ended.map_err(core.failed(self, "end a user's sessions"))?;
        core.events.tell(&SessionEvent::UserEnded { user: user.to_owned(), sessions });
        Ok(sessions)
    }

    /// The store, if it keeps sessions in the visitors' cookies.
    pub(crate) fn cookies(&self) -> Option<&CookieStore> {
        self.0.cookies.as_deref()
    }

    /// The driver for a request that brings these values in the session's cookies, and the id that they lead to. Of several
    /// that differ none is taken: one of them may have been planted by a neighbour.
    pub(crate) fn bring<'a>(self, values: impl Iterator<Item = &'a str>) -> (Self, Option<Id>) {
        let Some(cookies) = self.cookies() else {
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
        Ok(SessionDriver::new(&environment.name, Arc::new(self), Arc::clone(&environment.core)))
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
        Ok(SessionDriver::new(name, Arc::new(store), Arc::clone(&environment.core)))
    }
}
