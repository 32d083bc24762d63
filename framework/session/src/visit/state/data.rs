//! What the session holds, as this request sees it.

use salon_core::support::Clock;

use crate::{
    data::{Bag, Change, Content, Entry, Keyed, Operation, Space, path},
    error::Result,
};

/// What the session holds, as this request sees it: the content with this request's changes, and above it the values of
/// [`now`](crate::Session::now).
#[derive(Debug, Default)]
pub(crate) struct Data {
    pub(crate) content: Content,
    /// Values for this request only. They shadow the content, and are never stored.
    ///
    /// Who would miss the shadowing? A handler that replaces a stored value for one page, such as a preview of another
    /// theme, or a helper that uses a key without knowing that the session has it. In Laravel, `now` overwrites the
    /// stored value, and the key is gone from the next request on. Here the stored value comes back. The cost is this
    /// second bag, and [`is_shadowed`](Self::is_shadowed) before each change.
    pub(crate) now: Bag,
    /// The changes since the last save.
    pub(crate) journal: Vec<Operation>,
    /// The version that was loaded. Values that were flashed up to it are for this request to show.
    pub(crate) loaded_version: u64,
}

/// The author's keys as this request sees them.
pub(crate) struct Shadowed<'a> {
    now: &'a Bag,
    stored: &'a Bag,
}

impl Keyed for Shadowed<'_> {
    fn get(&self, key: &str, clock: &Clock) -> Option<Entry> {
        self.now.get(key, clock).or_else(|| self.stored.get(key, clock))
    }
}

impl Data {
    /// Returns the author's keys as this request sees them.
    pub(crate) const fn shadowed(&self) -> Shadowed<'_> {
        Shadowed { now: &self.now, stored: &self.content.data }
    }

    /// True if a value of `now` shadows this key, or the value that it leads into.
    pub(crate) fn is_shadowed(&self, key: &str, clock: &Clock) -> bool {
        self.now.get(path::root(&self.shadowed(), key, clock), clock).is_some()
    }

    /// Returns the bag that a computed change (`push`, `increment`, `update`) of a key applies to.
    pub(crate) fn bag_of(&mut self, key: &str, clock: &Clock) -> &mut Bag {
        if self.is_shadowed(key, clock) { &mut self.now } else { &mut self.content.data }
    }

    /// Carries out a change, and notes it for the save. A change that makes no difference is not noted.
    pub(crate) fn apply(&mut self, operation: Operation, clock: &Clock) -> Result<()> {
        if let Operation::Key { space: Space::Data, key, change } = &operation
            && self.is_shadowed(key, clock)
        {
            return self.apply_shadowed(&operation, key, change, clock);
        }
        if matches!(operation, Operation::Flush | Operation::Replace(_)) {
            self.now.clear();
        }
        if self.changes_nothing(&operation, clock) {
            return Ok(());
        }
        operation.apply(&mut self.content, clock)?;
        self.journal.push(operation);
        Ok(())
    }

    /// Carries out a change of a shadowed key. A value that is set or removed changes the content, too. A value that is
    /// computed from one of `now` stays with it.
    fn apply_shadowed(&mut self, operation: &Operation, key: &str, change: &Change, clock: &Clock) -> Result<()> {
        if change.is_computed() {
            return change.apply(&mut self.now, key, clock);
        }
        if !self.changes_nothing(operation, clock) {
            operation.apply(&mut self.content, clock)?;
            self.journal.push(operation.clone());
        }
        if self.now.get(key, clock).is_some() {
            self.now.remove(key);
            Ok(())
        } else {
            // The key is part of a shadowing value, which keeps its other parts.
            change.apply(&mut self.now, key, clock)
        }
    }

    /// Notes a computed change that was already carried out.
    pub(crate) fn note(&mut self, operation: Operation) {
        self.journal.push(operation);
    }

    /// True if the stored session is the same after a change, so that nothing has to be saved. A key that this request
    /// has changed before is noted again: its value may differ when the journal is replayed.
    fn changes_nothing(&self, operation: &Operation, clock: &Clock) -> bool {
        let is_untouched = |key: &str| !self.journal.iter().any(|earlier| earlier.concerns(key));
        match operation {
            Operation::Key { space: Space::Data, key, change } => {
                is_untouched(key) && change.changes_nothing(&self.content.data, key, clock)
            }
            Operation::Key { .. } | Operation::Replace(_) => false,
            Operation::Flush => self.journal.is_empty() && self.content.is_blank(clock),
        }
    }

    /// Notes that the changes up to this place of the journal are stored as this version. The content is what the store
    /// holds, with the later changes, or `None` if it is the same as here.
    pub(crate) fn note_saved(&mut self, journal: usize, version: u64, content: Option<Content>) {
        self.journal.drain(..journal);
        match content {
            Some(content) => self.content = content,
            None => self.content.stamp(version),
        }
    }
}
