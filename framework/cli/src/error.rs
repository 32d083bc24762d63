//! Why an app was not created.

use std::{io, path::PathBuf};

use salon_core::support::RandomError;

/// Why an app was not created. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NewError {
    /// The folder's name cannot be the name of a crate.
    #[error("`{name}` cannot be the name of an app: {reason}; try `{suggestion}`")]
    Name {
        /// The name.
        name: String,
        /// The rule that it breaks.
        reason: &'static str,
        /// A similar name that follows the rules.
        suggestion: String,
    },
    /// The path does not end in a folder name.
    #[error("{} does not end in the name of a folder: give the new app a name, such as `blog`", path.display())]
    NoName {
        /// The path.
        path: PathBuf,
    },
    /// The folder is not empty.
    #[error("{} already exists and is not an empty folder: choose another name, or empty it", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// The parent folder of the new one does not exist.
    #[error("{} does not exist: create it first, or choose another place", path.display())]
    NoParent {
        /// The missing folder.
        path: PathBuf,
    },
    /// A file or folder could not be read.
    #[error("cannot read {}: check its permissions", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file or folder could not be written. Everything written so far has been removed.
    #[error("cannot write {}: check its permissions and the free space on its disk, or choose another place", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file of the template is not in the expected form.
    #[error(
        "cannot adapt the template's {file}: {problem}; this is a fault of this version of `salon`, so install another one"
    )]
    Template {
        /// The file.
        file: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The operating system provided no random bytes.
    #[error("cannot generate a key")]
    Random(#[from] RandomError),
}
