//! Temporary values: there until their time is over, however many requests come.

use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    data::{
        content::Space,
        entry::{Entry, Mark},
        journal::{Change, Operation, decode, value},
        json::encode,
    },
    error::Result,
    visit::session::Session,
};

/// How long a temporary value stays if nothing is said.
const DEFAULT: Duration = Duration::from_secs(300);

impl Session {
    /// Sets a value that is gone after a while: 300 seconds if `None` is given. The key is taken literally.
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
    /// serde cannot write the value; the session is not started, or closed.
    pub fn temp<T: Serialize>(&self, key: &str, value: T, ttl: impl Into<Option<Duration>>) -> Result<()> {
        let until = self.core().clock.now() + ttl.into().unwrap_or(DEFAULT);
        let entry = Entry { mark: Mark::Temporary { until }, json: encode(key, &value)? };
        self.state().apply(Operation::data(key, Change::Set(entry)), self.core())
    }

    /// Sets several temporary values of one duration.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.temp_many([("code", 4711), ("tries", 3)], None)?;
    /// assert_eq!(session.all_temp().len(), 2);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`temp`](Self::temp); then those before are set.
    pub fn temp_many<K: AsRef<str>, T: Serialize>(
        &self,
        values: impl IntoIterator<Item = (K, T)>,
        ttl: impl Into<Option<Duration>>,
    ) -> Result<()> {
        let ttl = ttl.into();
        values.into_iter().try_for_each(|(key, value)| self.temp(key.as_ref(), value, ttl))
    }

    /// The temporary value under a key; `None` if there is none, its time is over, or the value there is not temporary.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put("name", "Ada")?;
    /// assert_eq!(session.get_temp::<String>("name")?, None);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// The value is of another type, or the session is not started.
    pub fn get_temp<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        let mut state = self.state();
        state.ensure_started()?;
        let entry = state.read(key, &self.core().clock).filter(|entry| entry.mark.is_temporary());
        drop(state);
        entry.map_or(Ok(None), |entry| decode(key, &entry.json))
    }

    /// Every temporary value whose time is not over.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.temp("code", 4711, None)?;
    /// assert_eq!(session.all_temp()["code"], 4711);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    #[must_use]
    pub fn all_temp(&self) -> Map<String, Value> {
        let mut state = self.state();
        state.was_read = true;
        let entries = state.content.bag(Space::Data).live(&self.core().clock);
        entries
            .filter(|entry| entry.mark.is_temporary())
            .map(|entry| (entry.key.to_owned(), value(entry.json)))
            .collect()
    }

    /// How long a temporary value has left.
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
    pub fn temp_left(&self, key: &str) -> Option<Duration> {
        let clock = &self.core().clock;
        match self.state().read(key, clock)?.mark {
            Mark::Temporary { until } => Some(until.since(clock.now())),
            Mark::Plain | Mark::Flash { .. } => None,
        }
    }

    /// Removes a temporary value before its time. A value that is not temporary stays.
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
    /// The session is not started, or closed.
    pub fn remove_temp(&self, key: &str) -> Result<()> {
        let mut state = self.state();
        state.ensure_open()?;
        match state.content.bag(Space::Data).get(key, &self.core().clock) {
            Some(entry) if entry.mark.is_temporary() => state.apply(Operation::forget(key), self.core()),
            _ => Ok(()),
        }
    }
}
