//! Methods that write values.

use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    data::{Change, DefaultValue, Mark, Operation, Updater, decode, encode, journal, path},
    error::{Error, Result},
    visit::session::Session,
};

impl Session {
    /// Sets the value under a key to anything that serde can serialize. A flash or temporary value under the key
    /// becomes an ordinary one.
    ///
    /// A dotted key creates the objects that it leads through.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put("name", "Ada")?;
    /// session.put("address.city", "London")?;
    /// assert_eq!(session.all()["address"]["city"], "London");
    /// assert!(session.put("name.first", "Ada").is_err(), "text has no fields");
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if serde cannot serialize the value, if it is nested deeper than 64 lists and objects, if the
    /// key leads into text, a number or a list, or if the session is not open.
    pub fn put<T: Serialize>(&self, key: impl AsRef<str>, value: T) -> Result<()> {
        let key = key.as_ref();
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
    /// As [`put`](Self::put). The values before the one that failed are set.
    pub fn put_many<K: AsRef<str>, T: Serialize>(&self, values: impl IntoIterator<Item = (K, T)>) -> Result<()> {
        values.into_iter().try_for_each(|(key, value)| self.put(key, value))
    }

    /// Replaces all data. Keys are taken literally, including dots.
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
    /// Returns an error if serde cannot serialize a value, if one is nested deeper than 64 lists and objects, or if the
    /// session is not open. Then nothing is replaced.
    pub fn replace<K: AsRef<str>, T: Serialize>(&self, values: impl IntoIterator<Item = (K, T)>) -> Result<()> {
        let encoded = values.into_iter().map(|(key, value)| {
            let key = key.as_ref();
            Ok((key.to_owned(), encode(key, &value)?))
        });
        let operation = Operation::Replace(encoded.collect::<Result<_>>()?);
        self.state().apply(operation, self.core())
    }

    /// Appends to the list under a key, and creates the list if there is none.
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
    /// Returns an error if the value is not a list, if the new one cannot be set (see [`put`](Self::put)), or if the
    /// session is not open.
    pub fn push<T: Serialize>(&self, key: impl AsRef<str>, value: T) -> Result<()> {
        let key = key.as_ref();
        let change = Change::Push(encode(key, &value)?);
        self.state().apply(Operation::data(key, change), self.core())
    }

    /// Removes the value under a key, and returns it. Several parallel requests may all get it; with
    /// [`take`](Self::take) one does.
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
    /// Returns an error if the value is of another type, and then it stays; or if the session is not open.
    pub fn pull<T: DeserializeOwned>(&self, key: impl AsRef<str>) -> Result<Option<T>> {
        let key = key.as_ref();
        let mut state = self.state();
        state.lifecycle.ensure_open()?;
        let Some(entry) = state.read(key, &self.core().clock) else { return Ok(None) };
        let value = decode(key, &entry.json)?;
        state.apply(Operation::forget(key), self.core())?;
        Ok(value)
    }

    /// Removes the value under a key and returns it, or returns this one. Text is returned as a `String`.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// let target: String = session.pull_or("intended", "/")?;
    /// assert_eq!(target, "/");
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`pull`](Self::pull).
    pub fn pull_or<T: DeserializeOwned>(&self, key: impl AsRef<str>, default: impl DefaultValue<T>) -> Result<T> {
        Ok(self.pull(key)?.unwrap_or_else(|| default.into_value()))
    }

    /// Returns the value under a key. If there is none, sets it to the result of a function, and returns that.
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
    /// Returns an error if the value is of another type, if the new one cannot be set (see [`put`](Self::put)), or if
    /// the session is not open.
    pub fn remember<T: Serialize + DeserializeOwned>(
        &self,
        key: impl AsRef<str>,
        make: impl FnOnce() -> T,
    ) -> Result<T> {
        let key = key.as_ref();
        if let Some(value) = self.get(key)? {
            return Ok(value);
        }
        let value = make();
        self.put(key, &value)?;
        Ok(value)
    }

    /// Changes the value under a key, starting from the default of its type if there is none.
    ///
    /// The function runs now, and again on the fresh value each time that a parallel request has saved first, so it
    /// should only change the value. It may read the session, but must not write to it.
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
    /// Returns an error if the value is of another type, if the new one cannot be set (see [`put`](Self::put)), or if
    /// the session is not open.
    pub fn update<T, F>(&self, key: impl AsRef<str>, change: F) -> Result<()>
    where
        T: Serialize + DeserializeOwned + Default,
        F: Fn(&mut T) + Send + Sync + 'static,
    {
        let key = key.as_ref();
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
            state.lifecycle.ensure_open()?;
            let before = path::read(state.data.bag_of(key, clock), key, clock).map(|entry| entry.json);
            drop(state);
            // Called without the lock, so that the function may read the session.
            let after = updater(before.as_deref())?;
            state = self.state();
            state.lifecycle.ensure_open()?;
            let is_shadowed = state.data.is_shadowed(key, clock);
            let bag = state.data.bag_of(key, clock);
            let current = path::read(bag, key, clock);
            if current.as_ref().map(|entry| &entry.json) == before.as_ref() {
                path::write(bag, key, after, current.map_or(Mark::Plain, |entry| entry.mark), clock)?;
                if !is_shadowed {
                    state.data.note(Operation::data(key, Change::Update(updater)));
                }
                return Ok(());
            }
        }
    }

    /// Adds 1 to the integer under a key, starting at 0 if there is none. Returns the new number, as this request sees
    /// it.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert_eq!(session.increment("visits")?, 1);
    /// assert_eq!(session.increment("visits")?, 2);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the value is not an integer, if the sum does not fit 64 bits, if the key leads into text, a
    /// number or a list, or if the session is not open.
    pub fn increment(&self, key: impl AsRef<str>) -> Result<i64> {
        self.increment_by(key, 1)
    }

    /// Adds this amount to the integer under a key; see [`increment`](Self::increment).
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert_eq!(session.increment_by("points", 10)?, 10);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`increment`](Self::increment).
    pub fn increment_by(&self, key: impl AsRef<str>, amount: i64) -> Result<i64> {
        let (key, clock) = (key.as_ref(), &self.core().clock);
        let mut state = self.state();
        state.lifecycle.ensure_open()?;
        state.reads.session = true;
        let is_shadowed = state.data.is_shadowed(key, clock);
        let sum = journal::add(state.data.bag_of(key, clock), key, amount, clock)?;
        if !is_shadowed {
            state.data.note(Operation::data(key, Change::Add(amount)));
        }
        Ok(sum)
    }

    /// Subtracts 1 from the integer under a key, starting at 0 if there is none. Returns the new number.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// assert_eq!(session.decrement("lives")?, -1);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`increment`](Self::increment).
    pub fn decrement(&self, key: impl AsRef<str>) -> Result<i64> {
        self.decrement_by(key, 1)
    }

    /// Subtracts this amount from the integer under a key; see [`decrement`](Self::decrement).
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
    pub fn decrement_by(&self, key: impl AsRef<str>, amount: i64) -> Result<i64> {
        let key = key.as_ref();
        let amount = amount.checked_neg().ok_or_else(|| Error::Overflow { key: key.to_owned() })?;
        self.increment_by(key, amount)
    }
}
