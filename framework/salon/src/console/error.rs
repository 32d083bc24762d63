//! Why a command failed.

use std::io;
#[cfg(feature = "_sql")]
use std::path::PathBuf;

use crate::{encryption::KeyFileError, foundation::BootError, http::ServerError, session};

/// Why a command failed. Each message says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConsoleError {
    /// The app does not start.
    #[error(transparent)]
    Boot(#[from] BootError),
    /// The key cannot be written into `.env`.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// The server cannot listen.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The sessions cannot be read or changed.
    #[error(transparent)]
    Session(#[from] session::Error),
    /// The sessions cannot be copied.
    #[error(transparent)]
    Copy(#[from] session::MigrationError),
    /// Some sessions were copied before an error.
    #[error(
        "{so_far} before this error, and the source is unchanged. Run the command again once the problem is fixed: what was copied is kept, and is not copied twice"
    )]
    Interrupted {
        /// What was copied, as the beginning of a sentence.
        so_far: String,
        /// The error.
        #[source]
        source: session::Error,
    },
    /// The operating system does not provide threads or signals.
    #[error("the operating system does not provide threads or signals")]
    System(#[from] io::Error),
    /// A file or folder cannot be read.
    #[cfg(feature = "_sql")]
    #[error("cannot read {}: check its permissions", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// A file or folder cannot be written.
    #[cfg(feature = "_sql")]
    #[error("cannot write {}: check its permissions and the space on its disk, or choose another place", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// The table already has a migration.
    #[cfg(feature = "_sql")]
    #[error("the migration already exists: {}. Run `cargo run -- migrate`, or remove the file and run this command again", path.display())]
    MigrationExists {
        /// The migration.
        path: PathBuf,
    },
    /// The table already exists.
    #[cfg(feature = "_sql")]
    #[error(
        "there is already a table `{table}` in the database of the connection `{connection}`: there is nothing to do, or choose another name as `table` in config/session.toml"
    )]
    TableExists {
        /// The table.
        table: String,
        /// The connection.
        connection: String,
    },
    /// A migration cannot be read or run.
    #[cfg(feature = "_sql")]
    #[error(transparent)]
    Migration(#[from] crate::database::MigrationError),
}
