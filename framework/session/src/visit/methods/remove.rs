//! Removing.

use serde_json::Value;

use crate::{
    data::{
        content::{Space, own},
        journal::{Change, Operation, value},
        keys::Keys,
    },
    error::Result,
    visit::session::Session,
};

impl Session {
    /// Removes keys; one that is not there is no matter.
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
    /// The session is not started, or closed.
    pub fn forget(&self, keys: impl Keys) -> Result<()> {
        let mut state = self.state();
        state.ensure_open()?;
        keys.each().try_for_each(|key| state.apply(Operation::forget(key), self.core()))
    }

    /// Removes a key; the value that it had, of whatever type.
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
    /// The session is not started, or closed.
    pub fn remove(&self, key: &str) -> Result<Option<Value>> {
        let mut state = self.state();
        state.ensure_open()?;
        let Some(entry) = state.read(key, &self.core().clock) else { return Ok(None) };
        state.apply(Operation::forget(key), self.core())?;
        Ok(Some(value(&entry.json)))
    }

    /// Removes all data, flash and temporary values included. The id, the token and the user stay:
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
    /// The session is not started, or closed.
    pub fn flush(&self) -> Result<()> {
        self.state().apply(Operation::Flush, self.core())
    }

    /// Removes the flash and temporary values (`flash_only`), or all data as [`flush`](Self::flush) does.
    ///
    /// ```
    /// # let session = salon_session::doc_support::session();
    /// session.put("name", "Ada")?;
    /// session.flash("success", "Saved.")?;
    /// session.reset(true)?;
    /// assert!(session.has("name") && session.missing("success"));
    /// session.reset(false)?;
    /// assert!(session.missing("name"));
    /// # Ok::<(), salon_session::Error>(())
    /// ```
    ///
    /// # Errors
    /// The session is not started, or closed.
    pub fn reset(&self, flash_only: bool) -> Result<()> {
        if !flash_only {
            return self.flush();
        }
        let mut state = self.state();
        state.ensure_open()?;
        state.now.clear();
        let passing = |entry: &crate::data::entry::EntryRef<'_>| entry.mark.is_flash() || entry.mark.is_temporary();
        let keys: Vec<String> = {
            let entries = state.content.bag(Space::Data).live(&self.core().clock);
            entries.filter(passing).map(|entry| entry.key.to_owned()).collect()
        };
        keys.iter().try_for_each(|key| state.apply(Operation::forget(key), self.core()))?;
        for key in [own::INPUT, own::ERRORS] {
            if state.content.own.get(key, &self.core().clock).is_some() {
                state.apply(Operation::own(key, Change::Forget), self.core())?;
            }
        }
        Ok(())
    }
}
