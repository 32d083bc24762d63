//! Methods that remove values.

use serde_json::Value;

use crate::{
    data::{Keys, Operation, value},
    error::Result,
    visit::session::Session,
};

impl Session {
    /// Removes keys. A key that does not exist is ignored.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put_many([("name", "Ada"), ("city", "London")])?;
    /// session.forget("name")?;
    /// session.forget(["city", "nobody"])?;
    /// assert!(session.all().is_empty());
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the session is not open.
    pub fn forget(&self, keys: impl Keys) -> Result<()> {
        let mut state = self.state();
        state.lifecycle.ensure_open()?;
        keys.each().try_for_each(|key| state.apply(Operation::forget(key), self.core()))
    }

    /// Removes a key, and returns its value, of any type.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put("name", "Ada")?;
    /// assert_eq!(session.remove("name")?.unwrap(), "Ada");
    /// assert_eq!(session.remove("name")?, None);
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the session is not open.
    pub fn remove(&self, key: impl AsRef<str>) -> Result<Option<Value>> {
        let key = key.as_ref();
        let mut state = self.state();
        state.lifecycle.ensure_open()?;
        Ok(state.pull_bytes(key, self)?.map(|json| value(&json)))
    }

    /// Removes all data, including flash and temporary values. The id, the token and the user stay;
    /// [`invalidate`](Self::invalidate) ends the session itself.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put("name", "Ada")?;
    /// session.flush()?;
    /// assert!(session.all().is_empty());
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the session is not open.
    pub fn flush(&self) -> Result<()> {
        self.state().apply(Operation::Flush, self.core())
    }
}
