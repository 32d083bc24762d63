//! Methods that read values.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{
    data::{DefaultValue, Keys, Space, decode, path, value},
    error::Result,
    visit::session::Session,
};

impl Session {
    /// Returns the value under a key as the requested type, or `None` if there is none or it is null.
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
    /// Returns an error if the value is of another type, or if the session is not started.
    pub fn get<T: DeserializeOwned>(&self, key: impl AsRef<str>) -> Result<Option<T>> {
        let key = key.as_ref();
        let mut state = self.state();
        state.lifecycle.ensure_started()?;
        let entry = state.read(key, &self.core().clock);
        drop(state);
        entry.map_or(Ok(None), |entry| decode(key, &entry.json))
    }

    /// Returns the value under a key, or this one. Text is returned as a `String`.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// let theme: String = session.get_or("theme", "light")?;
    /// let page: u32 = session.get_or("page", 1)?;
    /// assert_eq!((theme.as_str(), page), ("light", 1));
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the value is of another type, or if the session is not started.
    pub fn get_or<T: DeserializeOwned>(&self, key: impl AsRef<str>, default: impl DefaultValue<T>) -> Result<T> {
        Ok(self.get(key)?.unwrap_or_else(|| default.into_value()))
    }

    /// Returns the value under a key, or the result of a function.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// let cart = session.get_or_else("cart", Vec::<u32>::new)?;
    /// assert!(cart.is_empty());
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the value is of another type, or if the session is not started.
    pub fn get_or_else<T: DeserializeOwned>(&self, key: impl AsRef<str>, default: impl FnOnce() -> T) -> Result<T> {
        Ok(self.get(key)?.unwrap_or_else(default))
    }

    /// Returns everything, including flash and temporary values.
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

    /// Returns the values of these keys, without those that are missing.
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

    /// Returns everything except these keys. A dotted key leaves out part of a value.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put("user.name", "Ada")?;
    /// session.put("user.password", "secret")?;
    /// assert_eq!(session.except("user.password")["user"], serde_json::json!({ "name": "Ada" }));
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    #[must_use]
    pub fn except(&self, keys: impl Keys) -> Map<String, Value> {
        let mut values = self.collect(|key| !keys.each().any(|excepted| excepted == key));
        let state = self.state();
        for key in keys.each() {
            let root = path::root(&state.data.shadowed(), key, &self.core().clock);
            if let Some((value, rest)) = values.get_mut(root).zip(key.strip_prefix(root)) {
                path::remove(value, rest.trim_start_matches('.'));
            }
        }
        values
    }

    /// True if all these keys have values that are not null.
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

    /// True if all these keys exist, even with null.
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

    /// True if any of these keys does not exist: the opposite of [`exists`](Self::exists).
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert!(session.missing("name"));
    /// ```
    #[must_use]
    pub fn missing(&self, keys: impl Keys) -> bool {
        !self.exists(keys)
    }

    /// True if at least one of these keys has a value that is not null.
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

    /// `None` if the key does not exist; otherwise true if its value is not null.
    fn probe(&self, key: &str) -> Option<bool> {
        self.state().read(key, &self.core().clock).map(|entry| *entry.json != *b"null")
    }

    fn collect(&self, wanted: impl Fn(&str) -> bool) -> Map<String, Value> {
        let clock = &self.core().clock;
        let mut state = self.state();
        state.reads.session = true;
        let mut flash_was_read = false;
        let mut values = Map::new();
        for entry in state.data.content.bag(Space::Data).live(clock).chain(state.data.now.live(clock)) {
            if wanted(entry.key) {
                flash_was_read |= entry.mark.is_flash_of_previous_request(state.data.loaded_version);
                values.insert(entry.key.to_owned(), value(entry.json));
            }
        }
        state.reads.flash |= flash_was_read;
        values
    }
}
