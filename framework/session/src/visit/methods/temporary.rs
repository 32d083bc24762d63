//! Methods for temporary values, which exist until they expire, however many requests come.

use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    data::{Change, Entry, Keys, Mark, Operation, Space, decode, encode, value},
    error::Result,
    visit::session::Session,
};

/// How long a temporary value lives by default.
const DEFAULT_TTL: Duration = Duration::from_secs(300);

impl Session {
    /// Sets a value that expires after a while: 300 seconds for `None`. The key is taken literally.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # let (session, clock) = salon_session::doc_support::session_and_clock();
    /// session.temp("code", 4711, Duration::from_secs(60))?;
    /// assert_eq!(session.get_temp::<u32>("code")?, Some(4711));
    /// # clock.advance(Duration::from_secs(60));
    /// // A minute later:
    /// assert_eq!(session.get_temp::<u32>("code")?, None);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if serde cannot serialize the value, if it is nested deeper than 64 lists and objects, or if
    /// the session is not open.
    pub fn temp<T: Serialize>(&self, key: impl AsRef<str>, value: T, ttl: impl Into<Option<Duration>>) -> Result<()> {
        let key = key.as_ref();
        let entry = Entry { mark: self.temporary(ttl), json: encode(key, &value)? };
        self.state().apply(Operation::data(key, Change::Set(entry)), self.core())
    }

    /// Sets several temporary values with one lifetime.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.temp_many([("code", 4711), ("tries", 3)], None)?;
    /// assert_eq!(session.all_temp().len(), 2);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`temp`](Self::temp). The values before the one that failed are set.
    pub fn temp_many<K: AsRef<str>, T: Serialize>(
        &self,
        values: impl IntoIterator<Item = (K, T)>,
        ttl: impl Into<Option<Duration>>,
    ) -> Result<()> {
        let ttl = ttl.into();
        values.into_iter().try_for_each(|(key, value)| self.temp(key, value, ttl))
    }

    /// Makes existing values temporary: they expire after a while, 300 seconds for `None`. Keys that do not exist are
    /// ignored.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # let session = salon_session::doc_support::session();
    /// session.put("draft", "Dear Ada,")?;
    /// session.mark_temp("draft", Duration::from_secs(3600))?;
    /// assert_eq!(session.temp_left("draft"), Some(Duration::from_secs(3600)));
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the session is not open.
    pub fn mark_temp(&self, keys: impl Keys, ttl: impl Into<Option<Duration>>) -> Result<()> {
        let mark = self.temporary(ttl);
        self.state().mark(&keys, mark, self.core())
    }

    /// Returns the temporary value under a key, or `None` if there is none, if it has expired, or if the value is not
    /// temporary.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put("name", "Ada")?;
    /// assert_eq!(session.get_temp::<String>("name")?, None);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the value is of another type, or if the session is not started.
    pub fn get_temp<T: DeserializeOwned>(&self, key: impl AsRef<str>) -> Result<Option<T>> {
        let key = key.as_ref();
        let mut state = self.state();
        state.lifecycle.ensure_started()?;
        let entry = state.read(key, &self.core().clock).filter(|entry| entry.mark.is_temporary());
        drop(state);
        entry.map_or(Ok(None), |entry| decode(key, &entry.json))
    }

    /// Returns all temporary values that have not expired.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.temp("code", 4711, None)?;
    /// assert_eq!(session.all_temp()["code"], 4711);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    #[must_use]
    pub fn all_temp(&self) -> Map<String, Value> {
        let clock = &self.core().clock;
        let mut state = self.state();
        state.reads.session = true;
        let entries = state.data.content.bag(Space::Data).live(clock);
        entries
            .filter(|entry| entry.mark.is_temporary() && state.data.now.get(entry.key, clock).is_none())
            .map(|entry| (entry.key.to_owned(), value(entry.json)))
            .collect()
    }

    /// Returns how long a temporary value still lives, or `None` if there is none.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # let (session, _clock) = salon_session::doc_support::session_and_clock();
    /// session.temp("code", 4711, Duration::from_secs(60))?;
    /// assert_eq!(session.temp_left("code"), Some(Duration::from_secs(60)));
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    #[must_use]
    pub fn temp_left(&self, key: impl AsRef<str>) -> Option<Duration> {
        let clock = &self.core().clock;
        match self.state().read(key.as_ref(), clock)?.mark {
            Mark::Temporary { until } => Some(until.since(clock.now())),
            Mark::Plain | Mark::Flash(_) => None,
        }
    }

    /// Removes a temporary value before it expires. A value that is not temporary stays.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.temp("code", 4711, None)?;
    /// session.remove_temp("code")?;
    /// assert!(session.missing("code"));
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the session is not open.
    pub fn remove_temp(&self, key: impl AsRef<str>) -> Result<()> {
        let key = key.as_ref();
        let mut state = self.state();
        state.lifecycle.ensure_open()?;
        match state.read(key, &self.core().clock) {
            Some(entry) if entry.mark.is_temporary() => state.apply(Operation::forget(key), self.core()),
            _ => Ok(()),
        }
    }

    fn temporary(&self, ttl: impl Into<Option<Duration>>) -> Mark {
        Mark::Temporary { until: self.core().clock.now() + ttl.into().unwrap_or(DEFAULT_TTL) }
    }
}
