//! The methods of a driver for operators: count, list and end sessions.

use crate::{
    contract::{Digest, Id, Listing},
    error::Result,
    events::SessionEvent,
    manager::collector,
    visit::{SessionDriver, destroy_to_completion},
};

impl SessionDriver {
    /// Returns how many live sessions the driver keeps.
    ///
    /// # Errors
    /// Returns an error if the store is unavailable, or if it cannot count.
    pub async fn count(&self) -> Result<u64> {
        let core = self.core();
        self.store().count(core.clock.now()).await.map_err(self.failed("count sessions"))
    }

    /// Removes expired sessions, and returns how many. For the configured driver this happens automatically every
    /// `gc_interval`, but not for other drivers.
    ///
    /// # Errors
    /// Returns an error if the store is unavailable.
    pub async fn gc(&self) -> Result<u64> {
        collector::collect(self.core(), self).await
    }

    /// Ends the session that an id leads to. Returns true if there was one.
    ///
    /// # Errors
    /// Returns an error if the store is unavailable.
    pub async fn destroy(&self, id: &str) -> Result<bool> {
        match Id::parse(id) {
            Some(id) => self.destroy_digest(&id.digest()).await,
            None => Ok(false),
        }
    }

    /// Ends the session of a digest, as [`user_sessions`](Self::user_sessions) lists it, even if it has a new id since.
    /// Returns true if there was one.
    ///
    /// # Errors
    /// Returns an error if the store is unavailable.
    pub async fn destroy_digest(&self, digest: &Digest) -> Result<bool> {
        destroy_to_completion(self.clone(), *digest).await
    }

    /// Returns the sessions in which a user is logged in.
    ///
    /// # Errors
    /// Returns an error if the store is unavailable, or if it cannot list sessions.
    pub async fn user_sessions(&self, user: &str) -> Result<Vec<Listing>> {
        let core = self.core();
        let listed = self.store().user_sessions(user).await;
        let mut listed = listed.map_err(self.failed("list a user's sessions"))?;
        let (now, lifetime) = (core.clock.now(), core.lifetime(Some(user)));
        listed.retain(|session| now < lifetime.expires_at(session.created_at, session.active_at));
        Ok(listed)
    }

    /// Ends the sessions of a user, except for one that may stay, and returns how many.
    ///
    /// # Errors
    /// Returns an error if the store is unavailable, or if it cannot list sessions.
    pub async fn end_user_sessions(&self, user: &str, except: Option<&Digest>) -> Result<u64> {
        let core = self.core();
        let ended = self.store().end_user_sessions(user, except).await;
        let sessions = ended.map_err(self.failed("end a user's sessions"))?;
        core.events.emit(&SessionEvent::UserEnded { user: user.to_owned(), sessions });
        Ok(sessions)
    }
}
