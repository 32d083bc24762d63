//! The facade for sessions.

use std::future::Future;

use super::resolve;
use crate::{
    http::Result,
    session::{self, BoxError, Digest, IntoStore, Listing, SessionConfig, SessionDriver, SessionEvent, SessionManager},
};

/// The application's sessions: drivers by name, sessions built by hand, and what an operator asks.
///
/// ```no_run
/// use salon::{Result, facades};
///
/// # async fn example() -> Result<()> {
/// let driver = facades::Session::driver(None).await?;
/// let session = facades::Session::build_session(driver, None)?;
/// session.start().await?;
/// session.put("name", "Ada")?;
/// session.save().await?;
/// println!("{} sessions", facades::Session::count().await?);
///
/// // A second driver beside the configured one is asked itself.
/// let archive = facades::Session::driver(Some("database")).await?;
/// println!("{} more", archive.count().await?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Session;

impl Session {
    /// The driver of this name, or the configured one. It is opened when first asked for. It counts, lists and ends its own
    /// sessions; what stands here asks the configured one.
    ///
    /// # Errors
    /// There is none of that name, or it cannot be opened.
    pub async fn driver(name: Option<&str>) -> Result<SessionDriver> {
        Ok(resolve::<SessionManager>()?.driver(name).await?)
    }

    /// A session on a driver, of what [`cookie_value`](session::Session::cookie_value) said of one before or of nothing: an id, or
    /// the sealed session with the driver `cookie`. Start it before you use it, and save it afterwards; `request.set_session`
    /// makes it the session of a request.
    ///
    /// # Errors
    /// There is no application.
    pub fn build_session(driver: SessionDriver, value: Option<&str>) -> Result<session::Session> {
        Ok(resolve::<SessionManager>()?.build_session(driver, value))
    }

    /// Registers a driver of your own, in a provider's `boot`; `SESSION_DRIVER` then chooses it by this name. The factory is
    /// given the section `session` and makes a [`Driver`](session::Driver) or a whole [`Store`](session::Store).
    ///
    /// # Errors
    /// There is no application.
    pub fn extend<S, F, Kind>(name: &str, factory: impl Fn(SessionConfig) -> F + Send + Sync + 'static) -> Result<()>
    where
        S: IntoStore<Kind>,
        F: Future<Output = std::result::Result<S, BoxError>> + Send + 'static,
        Kind: 'static,
    {
        resolve::<SessionManager>()?.extend(name, factory);
        Ok(())
    }

    /// Has this function called with everything that happens to sessions, in a provider's `boot`: for a log of logins, an
    /// alarm when an obsolete id is used, figures. It is called on the way of a request: let it be quick, and hand what
    /// takes time to a task.
    ///
    /// ```
    /// use salon::{foundation::facades, session::SessionEvent};
    ///
    /// # fn boot() -> salon::Result<()> {
    /// facades::Session::listen(|event| {
    ///     if let SessionEvent::ObsoleteId { session, .. } = event {
    ///         eprintln!("an obsolete id was used: {}", session.short());
    ///     }
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// There is no application.
    pub fn listen(listener: impl Fn(&SessionEvent) + Send + Sync + 'static) -> Result<()> {
        resolve::<SessionManager>()?.listen(listener);
        Ok(())
    }

    /// How many sessions the configured driver keeps.
    ///
    /// # Errors
    /// The driver failed, or cannot count.
    pub async fn count() -> Result<u64> {
        Ok(resolve::<SessionManager>()?.count().await?)
    }

    /// Removes expired sessions now; how many.
    ///
    /// # Errors
    /// The driver failed.
    pub async fn gc() -> Result<u64> {
        Ok(resolve::<SessionManager>()?.gc().await?)
    }

    /// Ends the session of an id; whether there was one.
    ///
    /// # Errors
    /// The driver failed.
    pub async fn destroy(id: &str) -> Result<bool> {
        Ok(resolve::<SessionManager>()?.destroy(id).await?)
    }

    /// Ends the session of a digest, as events and lists name it, be it renewed since; whether there was one.
    ///
    /// # Errors
    /// The driver failed.
    pub async fn destroy_digest(digest: &Digest) -> Result<bool> {
        Ok(resolve::<SessionManager>()?.destroy_digest(digest).await?)
    }

    /// The sessions that a user is logged in with.
    ///
    /// # Errors
    /// The driver failed, or cannot list.
    pub async fn user_sessions(user: &str) -> Result<Vec<Listing>> {
        Ok(resolve::<SessionManager>()?.user_sessions(user).await?)
    }

    /// Ends the sessions of a user, but for one that may stay; how many.
    ///
    /// # Errors
    /// The driver failed, or cannot list.
    pub async fn end_user_sessions(user: &str, except: Option<&Digest>) -> Result<u64> {
        Ok(resolve::<SessionManager>()?.end_user_sessions(user, except).await?)
    }
}
