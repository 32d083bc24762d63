//! Methods that start, save, reload, switch and close a session.

use salon_core::support::finish;
use serde::de::DeserializeOwned;

use crate::{
    config::{Binding, Bindings},
    contract::Id,
    data::decode,
    error::{Error, Result},
    events::SessionEvent,
    visit::{
        block,
        client::Client,
        commit::{self, Ending},
        load::{Lookup, Resolution, load},
        lock_guard::LockGuard,
        session::Session,
        state::{CurrentId, Lateness, Phase, Retired, State},
    },
};

impl Session {
    /// Loads the session that the id leads to, or begins a new one if it leads to none. `StartSession` and
    /// [`Visit::begin`](crate::Visit::begin) do this for you. A second start changes nothing.
    ///
    /// ```
    /// # salon_session::doc_support::block_on(async {
    /// # let session = salon_session::doc_support::session();
    /// session.put("name", "Ada")?;
    /// session.save().await?;
    ///
    /// let again = salon_session::doc_support::build_session(Some(&session.id()?.expose()));
    /// again.start().await?;
    /// assert_eq!(again.get::<String>("name")?.as_deref(), Some("Ada"));
    /// # Ok::<(), salon_session::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// Returns an error if the store is unavailable, so that the visitor does not get an empty session; or if the
    /// request blocks, and the driver cannot lock sessions or another request held the lock for too long.
    pub async fn start(&self) -> Result<()> {
        {
            let mut state = self.state();
            match (state.lifecycle.phase, &state.identity.current) {
                (Phase::Unstarted, CurrentId::Presented(None)) => {
                    state.begin_fresh();
                    return Ok(());
                }
                (Phase::Unstarted, _) => {}
                _ => return Ok(()),
            }
        }
        self.start_from_store().await
    }

    async fn start_from_store(&self) -> Result<()> {
        let _permit = self.store_permit().await;
        let (presented, blocks) = {
            let state = self.state();
            match &state.identity.current {
                CurrentId::Presented(Some(id)) if state.lifecycle.phase == Phase::Unstarted => {
                    (id.clone(), state.lifecycle.blocks())
                }
                // Another call was faster.
                _ => return Ok(()),
            }
        };
        let (resolution, lock) = self.find(presented.clone(), blocks).await?;
        let mut state = self.state();
        state.begin_fresh();
        state.lifecycle.lock = lock.map(Box::new);
        match resolution {
            Resolution::Found(loaded) => {
                if presented != loaded.id || self.0.driver.carrier().is_stale(&loaded.id.digest()) {
                    state.lifecycle.set_cookie(self.core(), &loaded.id, loaded.record.expires_at);
                }
                state.take_over(loaded);
            }
            Resolution::Closed => state.lifecycle.lateness = Lateness::Superseded(presented.digest()),
            Resolution::NotFound => {}
        }
        Ok(())
    }

    /// Finds the live session of an id that a visitor has presented, and locks it if the request blocks.
    async fn find(&self, id: Id, blocks: bool) -> Result<(Resolution, Option<LockGuard>)> {
        if blocks {
            block::lock(&self.0.driver, id).await
        } else {
            Ok((load(&self.0.driver, id, Lookup::Visitor).await?, None))
        }
    }

    /// True if the session was started.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert!(session.is_started());
    /// ```
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.state().lifecycle.phase != Phase::Unstarted
    }

    /// Saves what has changed so far. Later changes are saved when the request ends. A request that fails later does
    /// not take this save back.
    ///
    /// ```
    /// # salon_session::doc_support::block_on(async {
    /// # let session = salon_session::doc_support::session();
    /// session.put("step", 1)?;
    /// session.save().await?;
    /// session.put("step", 2)?;
    /// # Ok::<(), salon_session::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// Returns an error if the session is not started or is closed, if it is too large or cannot be encrypted, if the
    /// store is unavailable, if other requests saved first each time, or if the lease of the lock has expired.
    pub async fn save(&self) -> Result<()> {
        if self.state().has_nothing_to_save()? { Ok(()) } else { self.commit(Ending::Save).await }
    }

    /// Saves what has changed, and releases the session and its lock. Later writes are an error, and reads still work.
    /// Use it before a response that takes long.
    ///
    /// ```
    /// # salon_session::doc_support::block_on(async {
    /// # let session = salon_session::doc_support::session();
    /// session.put("downloads", 1)?;
    /// session.close().await?;
    /// assert!(session.put("downloads", 2).is_err());
    /// assert_eq!(session.get("downloads")?, Some(1));
    /// # Ok::<(), salon_session::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// As [`save`](Self::save).
    pub async fn close(&self) -> Result<()> {
        if self.state().has_nothing_to_save()? { Ok(()) } else { self.commit(Ending::Release).await }
    }

    /// Drops the changes of this request that are not saved yet, and loads the session again, so that a long request
    /// sees what others have saved meanwhile. If the session has ended, a new one takes its place.
    ///
    /// ```
    /// # salon_session::doc_support::block_on(async {
    /// # let session = salon_session::doc_support::session();
    /// session.put("step", 1)?;
    /// session.save().await?;
    /// session.put("step", 2)?;
    /// session.reload().await?;
    /// assert_eq!(session.get("step")?, Some(1));
    /// # Ok::<(), salon_session::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// Returns an error if the session is not started, or if the store is unavailable. Then nothing is dropped.
    pub async fn reload(&self) -> Result<()> {
        let _permit = self.store_permit().await;
        let stored = {
            let state = self.state();
            state.lifecycle.ensure_started()?;
            state.identity.stored().map(|stored| stored.id.clone())
        };
        let resolution = match &stored {
            Some(id) => load(&self.0.driver, id.clone(), Lookup::UnderWay).await?,
            None => Resolution::NotFound,
        };
        let mut state = self.state();
        match resolution {
            Resolution::Found(loaded) => {
                state.take_over(loaded);
            }
            Resolution::Closed | Resolution::NotFound => {
                state.lifecycle.suppress_cookie();
                state.continue_empty();
                drop(state);
                if let Some(id) = stored {
                    self.core().events.emit(&SessionEvent::Gone { session: id.digest() });
                }
            }
        }
        Ok(())
    }

    /// Saves this session, and continues with another existing one: from now on every handle of this request means the
    /// session of this id, and the browser gets its cookie. An id that does not lead to a session is an error, and is
    /// never adopted.
    ///
    /// Anyone who may choose the id may choose the session, so take it from a place that only its owner knows.
    ///
    /// ```
    /// # salon_session::doc_support::block_on(async {
    /// # let first = salon_session::doc_support::session();
    /// first.put("name", "Ada")?;
    /// first.save().await?;
    ///
    /// # let session = salon_session::doc_support::session();
    /// session.switch(&first.id()?.expose()).await?;
    /// assert_eq!(session.get::<String>("name")?.as_deref(), Some("Ada"));
    /// assert!(session.switch("unknown").await.is_err());
    /// # Ok::<(), salon_session::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// Returns an error if the id does not lead to a session, if the session is not open, if the store is unavailable,
    /// or if the driver keeps sessions in cookies, where no id finds them.
    pub async fn switch(&self, id: &str) -> Result<()> {
        self.state().lifecycle.ensure_open()?;
        let id = Id::parse(id).ok_or(Error::UnknownSession)?;
        let blocks = self.state().lifecycle.blocks();
        let (resolution, lock) = self.find(id, blocks).await?;
        let Resolution::Found(loaded) = resolution else { return Err(Error::UnknownSession) };
        self.save().await?;
        let released = {
            let mut state = self.state();
            state.lifecycle.ensure_open()?;
            state.lifecycle.generation += 1;
            state.lifecycle.lateness = Lateness::OnTime;
            state.lifecycle.set_cookie(self.core(), &loaded.id, loaded.record.expires_at);
            state.take_over(loaded);
            std::mem::replace(&mut state.lifecycle.lock, lock.map(Box::new))
        };
        match released {
            Some(lock) => lock.release().await,
            None => Ok(()),
        }
    }

    /// Removes the value under a key from the store at once, and returns it. Of several parallel requests, exactly one
    /// gets it.
    ///
    /// This calls the store, at least twice. Use it for a coupon, a one-time code, or anything else that must not be
    /// used twice.
    ///
    /// ```
    /// # salon_session::doc_support::block_on(async {
    /// # let session = salon_session::doc_support::session();
    /// session.put("coupon", "WELCOME")?;
    /// session.save().await?;
    /// assert_eq!(session.take::<String>("coupon").await?.as_deref(), Some("WELCOME"));
    /// assert_eq!(session.take::<String>("coupon").await?, None);
    /// # Ok::<(), salon_session::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// Returns an error if the value is of another type, and then it is removed all the same; if the session is not
    /// open; if the store is unavailable; or if the lease of the lock has expired.
    pub async fn take<T: DeserializeOwned>(&self, key: impl AsRef<str>) -> Result<Option<T>> {
        let key = key.as_ref();
        let (session, owned_key) = (self.clone(), key.to_owned());
        let json = finish(Box::pin(async move {
            let _permit = session.store_permit().await;
            commit::take(&session, &owned_key).await
        }))
        .await?;
        json.map_or(Ok(None), |json| decode(key, &json))
    }

    /// Brings the store up to date, even if the client disconnects meanwhile.
    pub(crate) async fn commit(&self, ending: Ending) -> Result<()> {
        let Some(permit) = self.try_store_permit() else {
            let session = self.clone();
            return finish(Box::pin(async move {
                let permit = session.store_permit().await;
                match commit::prepare(&session, ending) {
                    None => Ok(()),
                    Some(work) => commit::carry_out(permit, work).await,
                }
            }))
            .await;
        };
        match commit::prepare(self, ending) {
            None => Ok(()),
            Some(work) => finish(Box::pin(commit::carry_out(permit, work))).await,
        }
    }

    /// Continues without a session, because the store is unavailable.
    pub(crate) fn continue_without_session(&self) {
        let mut state = self.state();
        state.lifecycle.phase = Phase::Absent;
        state.identity.current = CurrentId::New(None);
    }

    /// True if the store was unavailable and the request continued without a session.
    pub(crate) fn is_absent(&self) -> bool {
        self.state().lifecycle.phase == Phase::Absent
    }

    /// True if this request holds the lock of the session, or of one that it has ended.
    pub(crate) fn has_lock(&self) -> bool {
        let state = self.state();
        state.lifecycle.lock.is_some() || state.lifecycle.retired.iter().any(|retired| retired.lock.is_some())
    }

    /// Releases the locks that this request holds, because nobody waits for its response any more.
    pub(crate) fn abandon(&self) {
        // A commit that is under way may hold the lock, and put it back if it fails.
        let is_under_way = self.try_store_permit().is_none();
        if let (true, Ok(runtime)) = (is_under_way || self.has_lock(), tokio::runtime::Handle::try_current()) {
            let session = self.clone();
            runtime.spawn(async move {
                // A save that is under way needs the lock until it ends.
                let _permit = session.store_permit().await;
                let locks = {
                    let mut state = session.state();
                    // A task that the handler has left behind must not save while another request holds the session.
                    state.lifecycle.phase = Phase::Closed;
                    let own = state.lifecycle.lock.take();
                    state
                        .lifecycle
                        .retired
                        .iter_mut()
                        .filter_map(|retired| retired.lock.take())
                        .chain(own)
                        .collect::<Vec<_>>()
                };
                for lock in locks {
                    let _ = lock.release().await;
                }
            });
        }
    }

    /// Compares the request with the login of the session. If they differ, emits an event, and continues with a new
    /// session if the binding is enforced.
    pub(crate) fn check_bindings(&self, bindings: &Bindings, client: &Client) {
        let mut state = self.state();
        let Some(stored) = state.identity.stored().filter(|stored| stored.record.user.is_some()) else { return };
        let Some((what, binding)) = bindings.mismatch(&stored.record, client) else { return };
        let (session, is_enforced) = (stored.id.digest(), binding == Binding::Enforce);
        if is_enforced {
            let access = state.lifecycle.access;
            *state = State::new(None, access);
            state.begin_fresh();
        }
        drop(state);
        self.core().events.emit(&SessionEvent::Mismatch { session, what, is_enforced });
    }

    /// Drops the session that the request has begun if its browser has just got another one: a user has logged in since
    /// the request was sent, and a cookie from here would replace that of the login. A session that the handler has
    /// already saved is ended. See [`Lateness::Superseded`].
    pub(crate) fn discard_superseded(&self) {
        let mut state = self.state();
        let Lateness::Superseded(session) = state.lifecycle.lateness else { return };
        if state.identity.user.is_some() {
            return;
        }
        let made = state.identity.stored().map(|stored| stored.id.clone());
        let has_written = made.is_some() || !state.data.journal.is_empty();
        state.lifecycle.retired.extend(made.map(|id| Retired { id, lock: None }));
        state.lifecycle.generation += 1;
        state.lifecycle.cookie = None;
        state.continue_empty();
        drop(state);
        if has_written {
            self.core().events.emit(&SessionEvent::Gone { session });
        }
    }

    /// True if a user has logged in during this request.
    pub(crate) fn has_logged_in(&self) -> bool {
        self.state().identity.has_logged_in
    }

    /// Sets the client of the request.
    pub(crate) fn set_client(&self, client: Client) {
        self.state().identity.client = client;
    }

    /// True if the handler read a flash value of the previous request.
    pub(crate) fn flash_was_read(&self) -> bool {
        self.state().reads.flash
    }
}

impl State {
    /// True if there is nothing to save, because the request may only read.
    ///
    /// # Errors
    /// Returns an error if the session is not started, or is closed.
    fn has_nothing_to_save(&self) -> Result<bool> {
        match self.lifecycle.phase {
            Phase::ReadOnly | Phase::Absent => Ok(true),
            // The handler has ended a session, and the store still has it.
            Phase::Closed if !self.lifecycle.retired.is_empty() => Ok(false),
            _ => self.lifecycle.ensure_open().map(|()| false),
        }
    }
}
