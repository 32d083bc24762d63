//! Flash values: for this request and the next, then gone.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    data::{
        content::Space,
        entry::{Entry, FRESH, Mark},
        journal::{Change, Operation, decode, value},
        json::encode,
        keys::Keys,
    },
    error::Result,
    visit::{session::Session, state::State},
};

/// The mark of what this request flashes.
const FLASHED: Mark = Mark::Flash { since: FRESH };

impl Session {
    /// Sets a value that is there now and on the next request that shows a page, then gone. The key is taken literally.
    ///
    /// What could not be shown is not lost: a redirect, an answer of 5xx, an image, a script, or a background request that does
    /// not read it, let it wait. The rules to the letter are in the guide.
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
    /// serde cannot write the value; the session is not started, or closed.
    pub fn flash<T: Serialize>(&self, key: &str, value: T) -> Result<()> {
        let entry = Entry { mark: FLASHED, json: encode(key, &value)? };
        self.state().apply(Operation::data(key, Change::Set(entry)), self.core())
    }

    /// Sets a value for this request only. It is never stored: what the key held before is back on the next request.
    ///
    /// ```
    /// # salon_session::doc_support::block_on(async {
    /// # let session = salon_session::doc_support::session();
    /// session.now("info", "Shown here only.")?;
    /// assert!(session.has("info"));
    /// # session.put("name", "Ada")?;
    /// # let session = salon_session::doc_support::next_request(&session).await?;
    /// // The next request:
    /// assert!(session.missing("info"));
    /// # Ok::<(), salon_session::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// serde cannot write the value; the session is not started, or closed.
    pub fn now<T: Serialize>(&self, key: &str, value: T) -> Result<()> {
        let json = encode(key, &value)?;
        let mut state = self.state();
        state.ensure_open()?;
        state.now.set(key, Entry { mark: FLASHED, json });
        Ok(())
    }

    /// Keeps every flash value, those of [`now`](Self::now) included, for one request more.
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
    /// The session is not started, or closed.
    pub fn reflash(&self) -> Result<()> {
        self.keep_where(|_| true)?;
        let mut state = self.state();
        for key in [crate::data::content::own::INPUT, crate::data::content::own::ERRORS] {
            if let Some(entry) = state.content.own.get(key, &self.core().clock) {
                let entry = Entry { mark: FLASHED, json: entry.json };
                state.apply(Operation::own(key, Change::Set(entry)), self.core())?;
            }
        }
        Ok(())
    }

    /// Keeps these flash values for one request more. Keys that are not flash are left alone.
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
    /// The session is not started, or closed.
    pub fn keep(&self, keys: impl Keys) -> Result<()> {
        self.keep_where(|key| keys.each().any(|kept| kept == key))
    }

    /// The flash value under a key; `None` if there is none, or if the value there is not flash.
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
    /// The value is of another type, or the session is not started.
    pub fn get_flash<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        let mut state = self.state();
        state.ensure_started()?;
        let entry = state.read(key, &self.core().clock).filter(|entry| entry.mark.is_flash());
        drop(state);
        entry.map_or(Ok(None), |entry| decode(key, &entry.json))
    }

    /// Every flash value.
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
        state.was_read = true;
        let entries = flash_entries(&state, &self.core().clock);
        let loaded = state.loaded_version;
        state.flash_was_read |= entries.iter().any(|(_, entry)| entry.mark.is_handed_flash(loaded));
        entries.into_iter().map(|(key, entry)| (key, value(&entry.json))).collect()
    }

    fn keep_where(&self, wanted: impl Fn(&str) -> bool) -> Result<()> {
        let mut state = self.state();
        state.ensure_open()?;
        for (key, entry) in flash_entries(&state, &self.core().clock) {
            if wanted(&key) {
                let entry = Entry { mark: FLASHED, json: entry.json };
                state.apply(Operation::data(&key, Change::Set(entry)), self.core())?;
            }
        }
        Ok(())
    }
}

/// The flash values, those for this request only in front of what they cover.
fn flash_entries(state: &State, clock: &salon_core::support::Clock) -> Vec<(String, Entry)> {
    let mut entries: Vec<(String, Entry)> = Vec::new();
    for entry in state.now.live(clock).chain(state.content.bag(Space::Data).live(clock)) {
        let is_covered = entries.iter().any(|(key, _)| key == entry.key);
        if entry.mark.is_flash() && !is_covered {
            let json = bytes::Bytes::copy_from_slice(entry.json);
            entries.push((entry.key.to_owned(), Entry { mark: entry.mark, json }));
        }
    }
    entries
}
