//! One request's use of a session, from the cookie to the response.

use crate::{
    config::OnStoreError,
    error::{Error, Result},
    visit::{
        commit::Ending,
        cookie::CookieChange,
        facts::{RequestFacts, ResponseFacts},
        session::Session,
        session_driver::SessionDriver,
        verdict::{CachePolicy, CookieCommand, Verdict},
    },
};

/// One request's use of a session, from the cookie to the response.
///
/// A web server begins a visit before its handler runs, gives the handler the session, and finishes the visit before
/// the head of the response is sent. Salon's middleware `StartSession` and the tower layer do nothing else.
///
/// ```
/// use salon_session::{RequestFacts, ResponseFacts, SessionManager, Visit};
///
/// async fn serve(manager: &SessionManager, cookie: Option<(&str, &str)>) -> salon_session::Result<(i64, bool)> {
///     let driver = manager.driver_for_request().await?;
///     let visit = Visit::begin(driver, RequestFacts::default(), cookie.into_iter()).await?;
///     let visits = visit.session().increment("visits")?;
///     let verdict = visit.finish(ResponseFacts { status: 200, ..ResponseFacts::default() }).await;
///     match verdict.error {
///         Some(error) => Err(error),
///         None => Ok((visits, verdict.cookie.is_some())),
///     }
/// }
///
/// # salon_session::doc_support::block_on(async {
/// let manager = salon_session::doc_support::manager();
/// assert_eq!(serve(&manager, None).await?, (1, true));
/// # Ok::<(), salon_session::Error>(())
/// # }).unwrap();
/// ```
///
/// A visit that is dropped without being finished saves nothing, and releases the session's lock.
#[derive(Debug)]
pub struct Visit {
    session: Session,
    facts: RequestFacts,
    /// Releases the lock when the request ends, however it ends.
    release: Option<ReleaseLock>,
}

impl Visit {
    /// Loads the session that the request's cookies lead to, or begins a fresh one. Cookies are names and values.
    ///
    /// # Errors
    /// Returns an error if the store is unavailable, if another request holds the lock of the session for too long, or
    /// if the driver cannot lock sessions and the route blocks. With `on_store_error = "anonymous"`, a safe request
    /// continues without a session if the store is unavailable.
    pub async fn begin<'a>(
        driver: SessionDriver,
        facts: RequestFacts,
        cookies: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self> {
        let session = Session::receive(driver, cookies);
        if let Some(access) = facts.access {
            session.set_access(access);
        }
        let settings = &session.core().settings;
        match session.start().await {
            Err(Error::Unavailable { .. }) if facts.is_safe && settings.on_store_error == OnStoreError::Anonymous => {
                session.continue_without_session();
            }
            started => started?,
        }
        let release = session.has_lock().then(|| ReleaseLock(session.clone()));
        if !settings.bindings.are_off() {
            session.check_bindings(&settings.bindings, &facts.client());
        }
        Ok(Self { session, facts, release })
    }

    /// Returns the session, for the handler.
    #[must_use]
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// Saves the session, and returns what this means for the response. Call it before the head of the response is
    /// sent, so that a successful response acknowledges the write.
    ///
    /// A response with a status of 500 and above drops the changes of the request; only a logout stays.
    pub async fn finish(self, response: ResponseFacts) -> Verdict {
        let Self { session, facts, release: _released_at_the_end } = &self;
        if session.has_logged_in() {
            session.set_client(facts.client());
        }
        // Read now, before the bookkeeping of the visit itself reads the session.
        let (was_read, flash_was_read) = (session.was_read(), session.flash_was_read());
        let ending = match self.note_response(&response, flash_was_read) {
            Ok(ending) => ending,
            Err(error) => {
                let cache_policy = CachePolicy::default();
                return Verdict { cookie: None, form_cookie: None, cache_policy, error: Some(error) };
            }
        };
        if facts.is_in_background() {
            session.discard_superseded();
        }
        let was_missed = was_read && session.is_absent();
        let error = session.commit(ending).await.err();
        let change = session.take_cookie_change();
        // After an error, the cookie of a session that the handler has saved is still set: without it the session would
        // be lost. The cookie is not removed, because a session that could not be ended is still there.
        let change = change.filter(|change| error.is_none() || matches!(change, CookieChange::Set { .. }));
        let (cookie, error) = match self.command(change) {
            Ok(cookie) => (cookie, error),
            Err(unsealed) => (None, error.or(Some(unsealed))),
        };
        let form_cookie = session.form_cookie_change().filter(|_| error.is_none()).map(Into::into);
        let must_not_be_stored = cookie.is_some() || form_cookie.is_some() || was_missed;
        let cache_policy = CachePolicy { depends_on_visitor: was_read, must_not_be_stored };
        Verdict { cookie, form_cookie, cache_policy, error }
    }

    /// Remembers the page that was shown, and decides how the session is committed.
    fn note_response(&self, response: &ResponseFacts, flash_was_read: bool) -> Result<Ending> {
        if response.status >= 500 {
            return Ok(Ending::Fail);
        }
        if let Some(url) = self.facts.page_shown(response) {
            self.session.set_previous_url(url)?;
        }
        let ages = self.facts.ages_flash(response, flash_was_read);
        Ok(if ages { Ending::CloseAndAge } else { Ending::Close })
    }

    fn command(&self, change: Option<CookieChange>) -> Result<Option<CookieCommand>> {
        match change {
            Some(CookieChange::Set { id, max_age }) => {
                let value = self.session.cookie_value_of(&id)?;
                Ok(value.map(|value| CookieCommand::Set { value, max_age }))
            }
            Some(CookieChange::Remove) => Ok(Some(CookieCommand::Remove)),
            None => Ok(None),
        }
    }
}

/// Releases the session's lock when it is dropped, even if a handler keeps a handle of the session.
#[derive(Debug)]
struct ReleaseLock(Session);

impl Drop for ReleaseLock {
    fn drop(&mut self) {
        self.0.abandon();
    }
}
