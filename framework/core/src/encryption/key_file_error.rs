//! Why `.env` did not get a new key.

use std::{io, path::PathBuf};

use crate::support::RandomError;

/// Why `.env` did not get a new key. Each message says what to do.
///
/// ```
/// use salon_core::{encryption::{KeyFileError, generate_key}, support::Random};
///
/// # let folder = tempfile::tempdir()?;
/// # let root = folder.path();
/// generate_key(root, false, &Random::system())?;
/// let refused = generate_key(root, false, &Random::system());
/// assert!(matches!(refused, Err(KeyFileError::KeyExists { .. })), "a key is replaced only with `force`");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// The file cannot be read.
    #[error("cannot read {}: check its permissions", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The file cannot be written; it is unchanged.
    #[error("cannot write {}: check its permissions and the space on its disk", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The file holds a key, and `force` was not given.
    #[error("{} already holds an APP_KEY: run `key:generate --force` to replace it and keep the old one as previous", path.display())]
    KeyExists {
        /// The file.
        path: PathBuf,
    },
    /// The operating system returned no random bytes.
    #[error("cannot generate a key")]
    Random(#[from] RandomError),
}
