//! The sessions of an app, as a tower layer needs them.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::watch;

use crate::{events::SessionEvent, manager::SessionManager};

/// How long the collector waits before it tries again to open a driver.
const RETRY: Duration = Duration::from_secs(60);

/// The sessions of an app: where they are kept, and how.
///
/// Begin with one of the constructors, change what you need, and await. Then put [`layer`](Self::layer) around the routes.
/// Clones are cheap, and all mean the same sessions.
///
/// ```
/// use std::time::Duration;
/// use salon_session::Sessions;
///
/// # salon_session::doc_support::block_on(async {
/// let sessions = Sessions::memory().lifetime(Duration::from_secs(30 * 60)).await?;
/// assert_eq!(sessions.manager().driver_name(), "memory");
/// assert_eq!(sessions.manager().cookie().name(), "__Host-session");
/// # Ok::<(), salon_session::SessionsError>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Sessions(Arc<Shared>);

struct Shared {
    manager: Arc<SessionManager>,
    /// True once the app or the layer has taken the collector.
    is_collected: AtomicBool,
    /// Ends the collectors when the app drops its sessions.
    end: watch::Sender<()>,
}

impl Sessions {
    pub(super) fn new(manager: SessionManager) -> Self {
        let end = watch::Sender::new(());
        Self(Arc::new(Shared { manager: Arc::new(manager), is_collected: AtomicBool::new(false), end }))
    }

    /// Returns the manager, for everything beyond the current request: the sessions of a user, other drivers, health
    /// checks, and closing at the end.
    ///
    /// ```
    /// # use salon_session::Sessions;
    /// # salon_session::doc_support::block_on(async {
    /// # let sessions = Sessions::memory().await.unwrap();
    /// // Log a user out everywhere.
    /// let driver = sessions.manager().driver(None).await?;
    /// driver.end_user_sessions("ada", None).await?;
    /// # Ok::<(), salon_session::Error>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn manager(&self) -> &Arc<SessionManager> {
        &self.0.manager
    }

    /// Calls a function with everything that happens to sessions from now on. It is called while a request is served, so it
    /// must be quick.
    ///
    /// ```
    /// # use salon_session::{SessionEvent, Sessions};
    /// # salon_session::doc_support::block_on(async {
    /// # let sessions = Sessions::memory().await.unwrap();
    /// sessions.listen(|event| {
    ///     if let SessionEvent::ObsoleteId { session, .. } = event {
    ///         eprintln!("an old id of the session {session:?} was used");
    ///     }
    /// });
    /// # });
    /// ```
    pub fn listen(&self, listener: impl Fn(&SessionEvent) + Send + Sync + 'static) {
        self.0.manager.listen(listener);
    }

    /// Returns the collector: a future that removes expired sessions every `gc_interval` (30 minutes by default). Spawn it,
    /// or let the layer do so.
    ///
    /// If the app does not call this method before the first request, the layer spawns the collector on the Tokio runtime
    /// that serves this request. Call it if another runtime or a supervisor must run it. The future ends when the app drops
    /// its last [`Sessions`] and [`SessionLayer`](crate::SessionLayer), at once if `gc_interval` is 0, and otherwise never; if the driver cannot
    /// be opened, it tries again every minute. An expired session is never served, whether it was collected or not.
    ///
    /// Outside a Tokio runtime the layer spawns nothing. Requests work with the driver `memory`, and expired sessions stay in
    /// memory.
    ///
    /// ```
    /// # use salon_session::Sessions;
    /// # salon_session::doc_support::block_on(async {
    /// # let sessions = Sessions::memory().await.unwrap();
    /// tokio::spawn(sessions.collector());
    /// # });
    /// ```
    pub fn collector(&self) -> impl Future<Output = ()> + Send + use<> {
        self.0.is_collected.store(true, Ordering::Relaxed);
        let (manager, mut end) = (Arc::clone(&self.0.manager), self.0.end.subscribe());
        async move {
            loop {
                let mut ended = end.clone();
                let until = async move { while ended.changed().await.is_ok() {} };
                // The event `StoreFailed`, or the first request, has reported why the driver cannot be opened.
                if manager.collect_regularly(until).await.is_ok() {
                    return;
                }
                if tokio::time::timeout(RETRY, end.changed()).await.is_ok() {
                    return;
                }
            }
        }
    }

    /// Spawns the collector, unless the app or an earlier request has taken it.
    pub(super) fn spawn_collector(&self) {
        if self.0.is_collected.load(Ordering::Relaxed) {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current()
            && !self.0.is_collected.swap(true, Ordering::Relaxed)
        {
            runtime.spawn(self.collector());
        }
    }

    /// True if these are the same sessions.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sessions").field("driver", &self.0.manager.driver_name()).finish_non_exhaustive()
    }
}
