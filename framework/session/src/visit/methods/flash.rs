//! Methods for flash values, which exist in this request and the next.

use bytes::Bytes;
use salon_core::support::Clock;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    data::{Change, Entry, Flashed, Keyed, Keys, Mark, Operation, Space, decode, encode, own, path, value},
    error::Result,
    visit::{
        core::Core,
        session::Session,
        state::{Data, State},
    },
};

impl Session {
    /// Sets a value that exists now and in the next request that shows a page, and is then removed. The key is taken
    /// literally.
    ///
    /// A value that could not be shown is not lost: redirects, responses of 5xx, images, scripts, and background
    /// requests that do not read it leave it for a later request. The guide has the exact rules.
    ///
    /// ```
    /// # salon_session::doc_support::block_on(async {
    /// # let session = salon_session::doc_support::session();
    /// session.flash("success", "Saved.")?;
    /// # let session = salon_session::doc_support::next_request(&session).await?;
    /// // The next request:
    /// assert_eq!(session.get_flash::<String>("success")?.as_deref(), Some("Saved."));
    /// # let session = salon_session::doc_support::next_request(&session).await?;
    /// // The one after:
    /// assert!(session.missing("success"));
    /// # Ok::<(), salon_session::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// Returns an error if serde cannot serialize the value, if it is nested deeper than 64 lists and objects, or if
    /// the session is not open.
    pub fn flash<T: Serialize>(&self, key: impl AsRef<str>, value: T) -> Result<()> {
        let key = key.as_ref();
        let entry = Entry { mark: Mark::FLASHED, json: encode(key, &value)? };
        self.state().apply(Operation::data(key, Change::Set(entry)), self.core())
    }

    /// Sets several flash values.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.flash_many([("success", "Saved."), ("info", "A copy was sent to you.")])?;
    /// assert_eq!(session.all_flash().len(), 2);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`flash`](Self::flash). The values before the one that failed are set.
    pub fn flash_many<K: AsRef<str>, T: Serialize>(&self, values: impl IntoIterator<Item = (K, T)>) -> Result<()> {
        values.into_iter().try_for_each(|(key, value)| self.flash(key, value))
    }

    /// Sets a value for this request only. It shadows the stored value for every method, and is never stored; nor is
    /// what is computed from it (`push`, `increment`, `update`). In the next request the key has its stored value
    /// again.
    ///
    /// ```
    /// # salon_session::doc_support::block_on(async {
    /// # let session = salon_session::doc_support::session();
    /// session.put("visits", 1)?;
    /// session.now("visits", 100)?;
    /// assert_eq!(session.increment("visits")?, 101);
    /// # let session = salon_session::doc_support::next_request(&session).await?;
    /// // The next request:
    /// assert_eq!(session.get("visits")?, Some(1));
    /// # Ok::<(), salon_session::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// Returns an error if serde cannot serialize the value, if it is nested deeper than 64 lists and objects, or if
    /// the session is not open.
    pub fn now<T: Serialize>(&self, key: impl AsRef<str>, value: T) -> Result<()> {
        let key = key.as_ref();
        let json = encode(key, &value)?;
        let mut state = self.state();
        state.lifecycle.ensure_open()?;
        state.data.now.set(key, Entry { mark: Mark::FLASHED, json });
        Ok(())
    }

    /// Keeps every flash value, including those of [`now`](Self::now), for one more request.
    ///
    /// ```
    /// # salon_session::doc_support::block_on(async {
    /// # let session = salon_session::doc_support::session();
    /// session.flash("success", "Saved.")?;
    /// # let session = salon_session::doc_support::next_request(&session).await?;
    /// // The next request:
    /// session.reflash()?;
    /// # let session = salon_session::doc_support::next_request(&session).await?;
    /// // The one after:
    /// assert!(session.has("success"));
    /// # Ok::<(), salon_session::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// Returns an error if the session is not open.
    pub fn reflash(&self) -> Result<()> {
        let mut state = self.state();
        state.keep_where(|_| true, self.core())?;
        for key in own::FLASHED {
            if let Some(entry) = state.data.content.own.get(key, &self.core().clock) {
                let entry = Entry { mark: Mark::FLASHED, json: entry.json };
                state.apply(Operation::own(key, Change::Set(entry)), self.core())?;
            }
        }
        Ok(())
    }

    /// Keeps these flash values for one more request. Keys without a flash value are ignored.
    ///
    /// ```
    /// # salon_session::doc_support::block_on(async {
    /// # let session = salon_session::doc_support::session();
    /// session.flash("success", "Saved.")?;
    /// # let session = salon_session::doc_support::next_request(&session).await?;
    /// // The next request:
    /// session.keep(["success"])?;
    /// # let session = salon_session::doc_support::next_request(&session).await?;
    /// // The one after:
    /// assert!(session.has("success"));
    /// # Ok::<(), salon_session::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// Returns an error if the session is not open.
    pub fn keep(&self, keys: impl Keys) -> Result<()> {
        let mut state = self.state();
        let root_keys = state.data.root_keys(&keys, &self.core().clock);
        state.keep_where(|key| root_keys.iter().any(|root| root == key), self.core())
    }

    /// Limits these flash values to this request: they are shown now, and not in the next request. Keys without a flash
    /// value are ignored.
    ///
    /// ```
    /// # salon_session::doc_support::block_on(async {
    /// # let session = salon_session::doc_support::session();
    /// session.flash("success", "Saved.")?;
    /// session.discard("success")?;
    /// assert!(session.has("success"));
    /// # session.put("name", "Ada")?;
    /// # let session = salon_session::doc_support::next_request(&session).await?;
    /// // The next request:
    /// assert!(session.missing("success"));
    /// # Ok::<(), salon_session::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// Returns an error if the session is not open.
    pub fn discard(&self, keys: impl Keys) -> Result<()> {
        let mut state = self.state();
        state.lifecycle.ensure_open()?;
        for key in state.data.root_keys(&keys, &self.core().clock) {
            let entry = state.data.content.data.get(&key, &self.core().clock);
            // A value that the previous request flashed is removed after this one anyway.
            if let Some(entry) = entry.filter(|entry| entry.mark == Mark::Flash(Flashed::Now)) {
                state.apply(Operation::forget(&key), self.core())?;
                state.data.now.set(&key, entry);
            }
        }
        Ok(())
    }

    /// Makes existing values flash values: they exist now and in the next request, and are then removed. Keys that do
    /// not exist are ignored.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put("notice", "Your trial ends tomorrow.")?;
    /// session.mark_flash("notice")?;
    /// assert_eq!(session.all_flash().len(), 1);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the session is not open.
    pub fn mark_flash(&self, keys: impl Keys) -> Result<()> {
        self.state().mark(&keys, Mark::FLASHED, self.core())
    }

    /// Removes all flash values, including form input and errors.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put("name", "Ada")?;
    /// session.flash("success", "Saved.")?;
    /// session.forget_flash()?;
    /// assert!(session.has("name") && session.missing("success"));
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the session is not open.
    pub fn forget_flash(&self) -> Result<()> {
        let mut state = self.state();
        state.lifecycle.ensure_open()?;
        state.data.now.clear();
        for (key, _) in state.data.flash_entries(&self.core().clock) {
            state.apply(Operation::forget(&key), self.core())?;
        }
        for key in own::FLASHED {
            if state.data.content.own.get(key, &self.core().clock).is_some() {
                state.apply(Operation::own(key, Change::Forget), self.core())?;
            }
        }
        Ok(())
    }

    /// Returns the flash value under a key, or `None` if there is none, or if the value is not a flash value.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.flash("success", "Saved.")?;
    /// session.put("name", "Ada")?;
    /// assert_eq!(session.get_flash::<String>("success")?.as_deref(), Some("Saved."));
    /// assert_eq!(session.get_flash::<String>("name")?, None);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the value is of another type, or if the session is not started.
    pub fn get_flash<T: DeserializeOwned>(&self, key: impl AsRef<str>) -> Result<Option<T>> {
        let key = key.as_ref();
        let mut state = self.state();
        state.lifecycle.ensure_started()?;
        let entry = state.read(key, &self.core().clock).filter(|entry| entry.mark.is_flash());
        drop(state);
        entry.map_or(Ok(None), |entry| decode(key, &entry.json))
    }

    /// Returns all flash values.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.flash("success", "Saved.")?;
    /// session.put("name", "Ada")?;
    /// assert_eq!(session.all_flash().len(), 1);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    #[must_use]
    pub fn all_flash(&self) -> Map<String, Value> {
        let mut state = self.state();
        state.reads.session = true;
        let entries = state.data.flash_entries(&self.core().clock);
        let loaded = state.data.loaded_version;
        state.reads.flash |= entries.iter().any(|(_, entry)| entry.mark.is_flash_of_previous_request(loaded));
        entries.into_iter().map(|(key, entry)| (key, value(&entry.json))).collect()
    }
}

impl State {
    fn keep_where(&mut self, wanted: impl Fn(&str) -> bool, core: &Core) -> Result<()> {
        self.lifecycle.ensure_open()?;
        for (key, entry) in self.data.flash_entries(&core.clock) {
            if wanted(&key) {
                let entry = Entry { mark: Mark::FLASHED, json: entry.json };
                self.apply(Operation::data(&key, Change::Set(entry)), core)?;
            }
        }
        Ok(())
    }

    /// Gives existing values another mark.
    pub(super) fn mark(&mut self, keys: &impl Keys, mark: Mark, core: &Core) -> Result<()> {
        self.lifecycle.ensure_open()?;
        for key in self.data.root_keys(keys, &core.clock) {
            if let Some(entry) = self.data.shadowed().get(&key, &core.clock) {
                self.apply(Operation::data(&key, Change::Set(Entry { mark, ..entry })), core)?;
            }
        }
        Ok(())
    }
}

impl Data {
    /// Returns the whole keys of the values that these keys lead into.
    fn root_keys(&self, keys: &impl Keys, clock: &Clock) -> Vec<String> {
        keys.each().map(|key| path::root(&self.shadowed(), key, clock).to_owned()).collect()
    }

    /// Returns the flash values. Those of `now` hide the ones that they shadow.
    fn flash_entries(&self, clock: &Clock) -> Vec<(String, Entry)> {
        let mut entries: Vec<(String, Entry)> = Vec::new();
        for entry in self.now.live(clock).chain(self.content.bag(Space::Data).live(clock)) {
            let is_shadowed = entries.iter().any(|(key, _)| key == entry.key);
            if entry.mark.is_flash() && !is_shadowed {
                let json = Bytes::copy_from_slice(entry.json);
                entries.push((entry.key.to_owned(), Entry { mark: entry.mark, json }));
            }
        }
        entries
    }
}
