//! The facade for sessions.

use std::future::Future;

use super::current::resolve;
use crate::{
    http::Result,
    session::{self, BoxError, Digest, IntoStore, Listing, SessionConfig, SessionDriver, SessionEvent, SessionManager},
};

/// The application's sessions: drivers by name, sessions built by hand, and operator functions.
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
/// // Call the functions of a second driver on the driver itself.
/// let archive = facades::Session::driver(Some("database")).await?;
/// println!("{} more", archive.count().await?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Session;

impl Session {
    /// Returns the driver with this name, or the configured one. It is opened on first use. It counts, lists and ends
    /// its own sessions; the functions below use the configured driver.
    ///
    /// # Errors
    /// Returns an error if there is no driver with this name, or it cannot be opened.
    pub async fn driver(name: Option<&str>) -> Result<SessionDriver> {
        Ok(resolve::<SessionManager>()?.driver(name).await?)
    }

    /// Builds a session on a driver. `value` is what [`cookie_value`](session::Session::cookie_value) of an earlier
    /// session returned (an id, or the sealed session with the driver `cookie`), or `None` for a new one. Start the
    /// session before you use it, and save it afterwards; `request.set_session` makes it the session of a request.
    ///
    /// # Errors
    /// Returns an error if there is no application.
    pub fn build_session(driver: SessionDriver, value: Option<&str>) -> Result<session::Session> {
        Ok(resolve::<SessionManager>()?.build_session(driver, value))
    }

    /// Registers a driver of your own, in a provider's `boot` method. `SESSION_DRIVER` then selects it by this name.
    /// The factory receives the section `session` and creates a [`Driver`](session::Driver) or a whole
    /// [`Store`](session::Store).
    ///
    /// # Errors
    /// Returns an error if there is no application.
    pub fn extend<S, F, Kind>(name: &str, factory: impl Fn(SessionConfig) -> F + Send + Sync + 'static) -> Result<()>
    where
        S: IntoStore<Kind>,
        F: Future<Output = std::result::Result<S, BoxError>> + Send + 'static,
        Kind: 'static,
    {
        resolve::<SessionManager>()?.extend(name, factory);
        Ok(())
    }

    /// Registers a function that is called for every session event, in a provider's `boot` method: for a log of logins,
    /// an alarm when an obsolete id is used, or metrics. It is called while a request is handled, so keep it quick, and
    /// move slow work to a task.
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
    /// Returns an error if there is no application.
    pub fn listen(listener: impl Fn(&SessionEvent) + Send + Sync + 'static) -> Result<()> {
        resolve::<SessionManager>()?.listen(listener);
        Ok(())
    }

    /// Returns how many sessions the configured driver stores.
    ///
    /// # Errors
    /// Returns an error if the driver fails, or cannot count.
    pub async fn count() -> Result<u64> {
        Ok(Self::driver(None).await?.count().await?)
    }

    /// Removes expired sessions now, and returns how many.
    ///
    /// # Errors
    /// Returns an error if the driver fails.
    pub async fn gc() -> Result<u64> {
        Ok(Self::driver(None).await?.gc().await?)
    }

    /// Ends the session with this id. Returns true if there was one.
    ///
    /// # Errors
    /// Returns an error if the driver fails.
    pub async fn destroy(id: &str) -> Result<bool> {
        Ok(Self::driver(None).await?.destroy(id).await?)
    }

    /// Ends the session with this digest, as events and lists show it, even if its id was renewed since. Returns true
    /// if there was one.
    ///
    /// # Errors
    /// Returns an error if the driver fails.
    pub async fn destroy_digest(digest: &Digest) -> Result<bool> {
        Ok(Self::driver(None).await?.destroy_digest(digest).await?)
    }

    /// Returns the sessions in which a user is logged in.
    ///
    /// # Errors
    /// Returns an error if the driver fails, or cannot list.
    pub async fn user_sessions(user: &str) -> Result<Vec<Listing>> {
        Ok(Self::driver(None).await?.user_sessions(user).await?)
    }

    /// Ends the sessions of a user, except for one that may stay. Returns how many were ended.
    ///
    /// # Errors
    /// Returns an error if the driver fails, or cannot list.
    pub async fn end_user_sessions(user: &str, except: Option<&Digest>) -> Result<u64> {
        Ok(Self::driver(None).await?.end_user_sessions(user, except).await?)
    }
}
