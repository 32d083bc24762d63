//! From the start to the last save.

use salon_core::support::finish;
use serde::de::DeserializeOwned;

use crate::{
    config::binding::{Binding, Bindings},
    data::{content::Content, journal::decode},
    error::Result,
    events::event::SessionEvent,
    visit::{
        block,
        client::Client,
        commit::{self, Ending},
        load::{Lookup, Resolution, load},
        session::Session,
        state::{Kept, Phase, Retired, State},
    },
};

impl Session {
    /// Loads the session that the id leads to, or begins a fresh one if it leads to none. `StartSession` does this for you;
    /// a second start changes nothing.
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
    /// The store failed: this is not a session that is empty.
    pub async fn start(&self) -> Result<()> {
        let has_id = {
            let mut state = self.state();
            match (state.phase, &state.id) {
                (Phase::Unstarted, None) => state.open(),
                (Phase::Unstarted, Some(_)) => {}
                _ => return Ok(()),
            }
            state.id.is_some()
        };
        if has_id { self.start_from_store().await } else { Ok(()) }
    }

    async fn start_from_store(&self) -> Result<()> {
        let _turn = match self.try_turn() {
            Some(turn) => turn,
            None => self.turn().await,
        };
        let (presented, blocks) = {
            let state = self.state();
            match &state.id {
                Some(id) if state.phase == Phase::Unstarted => (id.clone(), state.blocks()),
                // Another call was first.
                _ => return Ok(()),
            }
        };
        let (way, lock) = if blocks {
            block::lock(&self.0.core, &self.0.driver, presented.clone()).await?
        } else {
            (load(self.core(), &self.0.driver, presented.clone(), Lookup::Visitor).await?, None)
        };
        let mut state = self.state();
        state.open();
        state.id = None;
        state.lock = lock.map(Box::new);
        state.superseded = matches!(way, Resolution::Closed).then(|| presented.digest());
        if let Resolution::To(loaded) = way {
            let is_stale = self.0.driver.carrier().is_stale(&loaded.id.digest());
            if presented != loaded.id || is_stale {
                state.set_cookie(self.core(), &loaded.id, loaded.record.expires_at);
            }
            state.id = Some(loaded.id.clone());
            state.user.clone_from(&loaded.record.user);
            state.content = loaded.content;
            state.loaded_version = loaded.record.version;
            state.kept = Some(Kept::new(loaded.id, loaded.record));
        }
        Ok(())
    }

    /// Whether the session was started.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert!(session.is_started());
    /// ```
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.state().phase != Phase::Unstarted
    }

    /// Saves what has changed so far, and goes on: what comes after is saved when the request ends. A request that fails
    /// later does not take this back.
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
    /// The session is not started, or closed; it is too large; the store failed.
    pub async fn save(&self) -> Result<()> {
        if self.state().has_nothing_to_save()? { Ok(()) } else { self.commit(Ending::Save).await }
    }

    /// Saves what has changed and lets the session go: later writes are an error, reading goes on. For long answers, before
    /// they begin.
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
    /// The session is not started, or closed; it is too large; the store failed.
    pub async fn close(&self) -> Result<()> {
        if self.state().has_nothing_to_save()? { Ok(()) } else { self.commit(Ending::Release).await }
    }

    /// Takes the value under a key out of the store at once: of several parallel requests, one gets it.
    ///
    /// It costs a trip to the store. For a coupon, a one-time code, anything that must not be had twice.
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
    /// The value is of another type (it is taken all the same); the session is not started, or closed; the store failed.
    pub async fn take<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        let (session, owned_key) = (self.clone(), key.to_owned());
        let json = finish(Box::pin(async move {
            let _turn = session.turn().await;
            commit::take(&session, &owned_key).await
        }))
        .await?;
        json.map_or(Ok(None), |json| decode(key, &json))
    }

    /// Brings the store up to date, even if the client leaves meanwhile.
    pub(crate) async fn commit(&self, ending: Ending) -> Result<()> {
        let Some(turn) = self.try_turn() else {
            let session = self.clone();
            return finish(Box::pin(async move {
                let turn = session.turn().await;
                match commit::prepare(&session, ending) {
                    None => Ok(()),
                    Some(work) => commit::carry_out(turn, work).await,
                }
            }))
            .await;
        };
        match commit::prepare(self, ending) {
            None => Ok(()),
            Some(work) => finish(Box::pin(commit::carry_out(turn, work))).await,
        }
    }

    /// Goes on without a session, for the store does not answer.
    pub(crate) fn continue_without_session(&self) {
        let mut state = self.state();
        state.phase = Phase::Absent;
        state.id = None;
    }

    /// Whether the store did not answer, and the request went on without a session.
    pub(crate) fn is_absent(&self) -> bool {
        self.state().phase == Phase::Absent
    }

    /// Whether the session, or one that the request has ended, is this request's alone.
    pub(crate) fn has_lock(&self) -> bool {
        let state = self.state();
        state.lock.is_some() || state.retired.iter().any(|retired| retired.lock.is_some())
    }

    /// Gives the session's lock back if this request has it: nobody waits for its answer any more.
    pub(crate) fn abandon(&self) {
        // A commit that is under way has the lock in its hands, and puts it back if it fails.
        let is_under_way = self.try_turn().is_none();
        if let (true, Ok(runtime)) = (is_under_way || self.has_lock(), tokio::runtime::Handle::try_current()) {
            let session = self.clone();
            runtime.spawn(async move {
                // A save that is under way needs the lock to its end.
                let _turn = session.turn().await;
                let locks = {
                    let mut state = session.state();
                    // A task that it has left behind must not save while another request has the session for itself.
                    state.phase = Phase::Closed;
                    let own = state.lock.take();
                    state.retired.iter_mut().filter_map(|retired| retired.lock.take()).chain(own).collect::<Vec<_>>()
                };
                for lock in locks {
                    let _ = lock.release().await;
                }
            });
        }
    }

    /// Goes on without the session if it is not used where its user has logged in, and the app wants that.
    pub(crate) fn check_bindings(&self, bindings: &Bindings, client: &Client) {
        let mut state = self.state();
        let Some(kept) = state.kept.as_ref().filter(|kept| kept.record.user.is_some()) else { return };
        let Some((what, binding)) = bindings.mismatch(&kept.record, client) else { return };
        let (session, is_enforced) = (kept.id.digest(), binding == Binding::Enforce);
        if is_enforced {
            let access = state.access;
            *state = State::new(None, access);
            state.open();
        }
        drop(state);
        self.core().events.emit(&SessionEvent::Mismatch { session, what, is_enforced });
    }

    /// Makes no session of what the request wrote, if its browser has just got one: somebody has logged in since it was sent,
    /// and a cookie from here would replace that of the login. One that the handler has saved itself ends.
    pub(crate) fn discard_superseded(&self) {
        let mut state = self.state();
        let Some(session) = state.superseded.filter(|_| state.user.is_none()) else { return };
        let made = state.kept.take();
        let is_news = made.is_some() || !state.journal.is_empty();
        state.retired.extend(made.map(|made| Retired { id: made.id, lock: None }));
        state.generation += 1;
        state.journal.clear();
        state.content = Content::default();
        state.cookie = None;
        drop(state);
        if is_news {
            self.core().events.emit(&SessionEvent::Gone { session });
        }
    }

    /// Whether somebody has logged in in this request.
    pub(crate) fn has_logged_in(&self) -> bool {
        self.state().has_logged_in
    }

    /// Notes where the request comes from.
    pub(crate) fn set_client(&self, client: Client) {
        self.state().client = client;
    }

    /// Whether the handler read a flash value of the request before.
    pub(crate) fn flash_was_read(&self) -> bool {
        self.state().flash_was_read
    }
}

impl State {
    /// Whether a save is in vain, because the request may only read.
    fn has_nothing_to_save(&self) -> Result<bool> {
        match self.phase {
            Phase::ReadOnly | Phase::Absent => Ok(true),
            // It was destroyed, and the store has not heard of it.
            Phase::Closed if !self.retired.is_empty() => Ok(false),
            _ => self.ensure_open().map(|()| false),
        }
    }
}
