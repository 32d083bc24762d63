//! Writing.

use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    data::{
        entry::Mark,
        journal::{self, Change, Operation, Updater, decode},
        json::encode,
        path,
    },
    error::Result,
    visit::session::Session,
};

impl Session {
    /// Sets the value under a key to anything that serde can write. A flash or temporary value there becomes an ordinary one.
    ///
    /// A dotted key makes the objects on its way.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put("name", "Ada")?;
    /// session.put("address.city", "London")?;
    /// assert_eq!(session.all()["address"]["city"], "London");
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// serde cannot write the value, or it is nested deeper than 64 lists and objects; the key leads into a list; the session
    /// is not started, or closed.
    pub fn put<T: Serialize>(&self, key: &str, value: T) -> Result<()> {
        let change = Change::Put(encode(key, &value)?);
        self.state().apply(Operation::data(key, change), self.core())
    }

    /// Sets several values.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put_many([("name", "Ada"), ("city", "London")])?;
    /// assert!(session.has(["name", "city"]));
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`put`](Self::put); then those before are set.
    pub fn put_many<K: AsRef<str>, T: Serialize>(&self, values: impl IntoIterator<Item = (K, T)>) -> Result<()> {
        values.into_iter().try_for_each(|(key, value)| self.put(key.as_ref(), value))
    }

    /// Makes the data exactly this. Keys are taken literally, dots and all.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put("name", "Ada")?;
    /// session.replace([("v1.2", "a literal key")])?;
    /// assert_eq!(session.all().len(), 1);
    /// assert!(session.has("v1.2") && session.missing("name"));
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// serde cannot write a value; the session is not started, or closed. Then nothing is replaced.
    pub fn replace<K: AsRef<str>, T: Serialize>(&self, values: impl IntoIterator<Item = (K, T)>) -> Result<()> {
        let encoded = values.into_iter().map(|(key, value)| {
            let key = key.as_ref();
            Ok((key.to_owned(), encode(key, &value)?))
        });
        let operation = Operation::Replace(encoded.collect::<Result<_>>()?);
        self.state().apply(operation, self.core())
    }

    /// Appends to the list under a key, and makes the list if there is none.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.push("cart", "apple")?;
    /// session.push("cart", "pear")?;
    /// assert_eq!(session.get::<Vec<String>>("cart")?.unwrap().len(), 2);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// There is something else than a list; serde cannot write the value; the session is not started, or closed.
    pub fn push<T: Serialize>(&self, key: &str, value: T) -> Result<()> {
        let change = Change::Push(encode(key, &value)?);
        self.state().apply(Operation::data(key, change), self.core())
    }

    /// The value under a key, which is gone then. Of parallel requests each may get it: see [`take`](Self::take).
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put("intended", "/cart")?;
    /// assert_eq!(session.pull::<String>("intended")?.as_deref(), Some("/cart"));
    /// assert_eq!(session.pull::<String>("intended")?, None);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// The value is of another type, and stays; the session is not started, or closed.
    pub fn pull<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        let mut state = self.state();
        state.ensure_open()?;
        let Some(entry) = state.read(key, &self.core().clock) else { return Ok(None) };
        let value = decode(key, &entry.json)?;
        state.apply(Operation::forget(key), self.core())?;
        Ok(value)
    }

    /// As [`pull`](Self::pull), or this one.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert_eq!(session.pull_or("intended", "/".to_owned())?, "/");
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`pull`](Self::pull).
    pub fn pull_or<T: DeserializeOwned>(&self, key: &str, default: T) -> Result<T> {
        Ok(self.pull(key)?.unwrap_or(default))
    }

    /// The value under a key; if there is none, the one that a function makes, which is kept.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// let first = session.remember("lucky_number", || 7)?;
    /// let again = session.remember("lucky_number", || 8)?;
    /// assert_eq!((first, again), (7, 7));
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// The value is of another type; serde cannot write the new one; the session is not started, or closed.
    pub fn remember<T: Serialize + DeserializeOwned>(&self, key: &str, make: impl FnOnce() -> T) -> Result<T> {
        if let Some(value) = self.get(key)? {
            return Ok(value);
        }
        let value = make();
        self.put(key, &value)?;
        Ok(value)
    }

    /// Changes the value under a key, starting from the type's default if there is none.
    ///
    /// The function runs now, and once more on the fresh value each time that a parallel request has saved first; so it
    /// should do nothing but change the value. It may read the session, and must not write to it.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.update("cart", |cart: &mut Vec<String>| cart.push("apple".into()))?;
    /// session.update("cart", |cart: &mut Vec<String>| cart.sort())?;
    /// assert_eq!(session.get::<Vec<String>>("cart")?.unwrap(), ["apple"]);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// The value is of another type; serde cannot write the new one; the session is not started, or closed.
    pub fn update<T, F>(&self, key: &str, change: F) -> Result<()>
    where
        T: Serialize + DeserializeOwned + Default,
        F: Fn(&mut T) + Send + Sync + 'static,
    {
        let owned_key = key.to_owned();
        let updater: Updater = Arc::new(move |json| {
            let current = json.map_or(Ok(None), |json| decode::<T>(&owned_key, json))?;
            let mut value = current.unwrap_or_default();
            change(&mut value);
            encode(&owned_key, &value)
        });
        let clock = &self.core().clock;
        loop {
            let mut state = self.state();
            state.ensure_open()?;
            let before = path::read(&state.content.data, key, clock).map(|entry| entry.json);
            drop(state);
            // Without the lock, so that the function may ask the session for something.
            let after = updater(before.as_deref())?;
            state = self.state();
            state.ensure_open()?;
            let current = path::read(&state.content.data, key, clock);
            if current.as_ref().map(|entry| &entry.json) == before.as_ref() {
                let mark = current.map_or(Mark::Plain, |entry| entry.mark);
                path::write(&mut state.content.data, key, after, mark, clock)?;
                state.note(Operation::data(key, Change::Update(updater)), clock);
                return Ok(());
            }
        }
    }

    /// Adds 1 to the whole number under a key, from 0 if there is none; the new number, as this request sees it.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert_eq!(session.increment("visits")?, 1);
    /// assert_eq!(session.increment("visits")?, 2);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// There is something else than a whole number; the sum would not fit 64 bits; the session is not started, or closed.
    pub fn increment(&self, key: &str) -> Result<i64> {
        self.increment_by(key, 1)
    }

    /// As [`increment`](Self::increment), by this amount.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert_eq!(session.increment_by("points", 10)?, 10);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`increment`](Self::increment).
    pub fn increment_by(&self, key: &str, amount: i64) -> Result<i64> {
        let mut state = self.state();
        state.ensure_open()?;
        state.was_read = true;
        let sum = journal::add(&mut state.content.data, key, amount, &self.core().clock)?;
        state.note(Operation::data(key, Change::Add(amount)), &self.core().clock);
        Ok(sum)
    }

    /// Subtracts 1 from the whole number under a key, from 0 if there is none; the new number.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert_eq!(session.decrement("lives")?, -1);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`increment`](Self::increment).
    pub fn decrement(&self, key: &str) -> Result<i64> {
        self.decrement_by(key, 1)
    }

    /// As [`decrement`](Self::decrement), by this amount.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put("lives", 9)?;
    /// assert_eq!(session.decrement_by("lives", 2)?, 7);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`increment`](Self::increment).
    pub fn decrement_by(&self, key: &str, amount: i64) -> Result<i64> {
        let amount = amount.checked_neg();
        let amount = amount.ok_or_else(|| crate::error::Error::Overflow { key: key.to_owned() })?;
        self.increment_by(key, amount)
    }
}
