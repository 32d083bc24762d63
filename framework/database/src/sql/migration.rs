//! A migration and its state.

use std::fmt;

/// The state of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MigrationState {
    /// It has not run yet.
    Pending,
    /// It has run.
    Applied,
    /// It has run, and its file was changed since.
    Changed,
    /// It has run, and its file is missing.
    Missing,
    /// It failed halfway, in a database that changes tables outside of transactions.
    Unfinished,
}

/// A migration. Its `Display` shows its version and name. [`Migrations`](super::migrations::Migrations) returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migration {
    /// The number that its file name begins with. Migrations run in the order of these numbers.
    pub version: i64,
    /// The name of its file without the number and the extension; empty if the file is missing.
    pub name: String,
    /// Its state.
    pub state: MigrationState,
}

impl fmt::Display for Migration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.version, self.name)
    }
}
