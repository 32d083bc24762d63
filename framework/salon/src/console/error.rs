//! Why a command did not do its work.

use std::{io, path::PathBuf};

/// Why a command did not do its work. Each message says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConsoleError {
    /// A file or folder could not be read.
    #[error("cannot read {}: check its permissions", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A file or folder could not be written; nothing is left of what was begun.
    #[error("cannot write {}: check its permissions and the space on its disk, or choose another place", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// There is a migration of that table already.
    #[cfg(feature = "_sql")]
    #[error("there is one already: {}. Run `cargo run -- migrate`, or remove the file to have it written anew", path.display())]
    MigrationExists {
        /// The migration.
        path: PathBuf,
    },
    /// The table is there already.
    #[cfg(feature = "_sql")]
    #[error(
        "there is a table `{table}` in the database of the connection `{connection}` already: nothing has to be done, or choose another name as `table` in config/session.toml"
    )]
    TableExists {
        /// The table.
        table: String,
        /// The connection.
        connection: String,
    },
    /// A migration cannot be written or carried out.
    #[cfg(feature = "_sql")]
    #[error(transparent)]
    Migration(#[from] crate::database::MigrationError),
}
