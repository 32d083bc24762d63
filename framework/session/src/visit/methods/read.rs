//! Reading.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{
    data::{
        content::Space,
        journal::{decode, value},
        keys::Keys,
    },
    error::Result,
    visit::session::Session,
};

impl Session {
    /// The value under a key, as the type asked for; `None` if there is none, or null.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put("name", "Ada")?;
    /// assert_eq!(session.get::<String>("name")?, Some("Ada".to_owned()));
    /// assert_eq!(session.get::<String>("nobody")?, None);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// The value is of another type, or the session is not started.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        let mut state = self.state();
        state.ensure_started()?;
        let entry = state.read(key, &self.core().clock);
        drop(state);
        entry.map_or(Ok(None), |entry| decode(key, &entry.json))
    }

    /// The value under a key, or this one.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert_eq!(session.get_or("theme", "light".to_owned())?, "light");
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// The value is of another type, or the session is not started.
    pub fn get_or<T: DeserializeOwned>(&self, key: &str, default: T) -> Result<T> {
        Ok(self.get(key)?.unwrap_or(default))
    }

    /// The value under a key, or the one that a function makes.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// let cart = session.get_or_else("cart", Vec::<u32>::new)?;
    /// assert!(cart.is_empty());
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// The value is of another type, or the session is not started.
    pub fn get_or_else<T: DeserializeOwned>(&self, key: &str, default: impl FnOnce() -> T) -> Result<T> {
        Ok(self.get(key)?.unwrap_or_else(default))
    }

    /// Everything, flash and temporary values included.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put("name", "Ada")?;
    /// assert_eq!(session.all()["name"], "Ada");
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    #[must_use]
    pub fn all(&self) -> Map<String, Value> {
        self.collect(|_| true)
    }

    /// Those of these keys that there are.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put_many([("name", "Ada"), ("city", "London")])?;
    /// assert_eq!(session.only(["name", "nobody"]).len(), 1);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    #[must_use]
    pub fn only(&self, keys: impl Keys) -> Map<String, Value> {
        let mut state = self.state();
        let clock = &self.core().clock;
        keys.each().filter_map(|key| state.read(key, clock).map(|entry| (key.to_owned(), value(&entry.json)))).collect()
    }

    /// Everything but these keys.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put_many([("name", "Ada"), ("city", "London")])?;
    /// assert_eq!(session.except("city").len(), 1);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    #[must_use]
    pub fn except(&self, keys: impl Keys) -> Map<String, Value> {
        self.collect(|key| !keys.each().any(|excepted| excepted == key))
    }

    /// Whether all of these keys have a value that is not null.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put("name", "Ada")?;
    /// assert!(session.has("name"));
    /// assert!(!session.has(["name", "email"]));
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    #[must_use]
    pub fn has(&self, keys: impl Keys) -> bool {
        keys.each().all(|key| self.probe(key) == Some(true))
    }

    /// Whether all of these keys are there, be it with null.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put("coupon", ())?;
    /// assert!(session.exists("coupon") && !session.has("coupon"));
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    #[must_use]
    pub fn exists(&self, keys: impl Keys) -> bool {
        keys.each().all(|key| self.probe(key).is_some())
    }

    /// Whether any of these keys is not there: the opposite of [`exists`](Self::exists).
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert!(session.missing("name"));
    /// ```
    #[must_use]
    pub fn missing(&self, keys: impl Keys) -> bool {
        !self.exists(keys)
    }

    /// Whether one of these keys at least has a value that is not null.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put("email", "ada@example.org")?;
    /// assert!(session.has_any(["phone", "email"]));
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    #[must_use]
    pub fn has_any(&self, keys: impl Keys) -> bool {
        keys.each().any(|key| self.probe(key) == Some(true))
    }

    /// `None` if the key is not there, else whether its value is one.
    fn probe(&self, key: &str) -> Option<bool> {
        self.state().read(key, &self.core().clock).map(|entry| *entry.json != *b"null")
    }

    fn collect(&self, wanted: impl Fn(&str) -> bool) -> Map<String, Value> {
        let clock = &self.core().clock;
        let mut state = self.state();
        state.was_read = true;
        let mut flash_was_read = false;
        let mut values = Map::new();
        for entry in state.content.bag(Space::Data).live(clock).chain(state.now.live(clock)) {
            if wanted(entry.key) {
                flash_was_read |= entry.mark.is_handed_flash(state.loaded_version);
                values.insert(entry.key.to_owned(), value(entry.json));
            }
        }
        state.flash_was_read |= flash_was_read;
        values
    }
}
