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
        /// A name like it that keeps the rules.
        suggestion: String,
    },
    /// The path does not end in a name.
    #[error("{} does not end in the name of a folder: give the new app a name, such as `blog`", path.display())]
    NoName {
        /// The path.
        path: PathBuf,
    },
    /// The folder holds something already.
    #[error("{} is there already and not an empty folder: choose another name, or empty it", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// The folder that the new one would stand in is not there.
    #[error("{} is not there: make it first, or choose another place", path.display())]
    NoParent {
        /// The missing folder.
        path: PathBuf,
    },
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
    /// A file of the template is not what this command expects.
    #[error("the template's {file} cannot be adapted: {problem}")]
    Template {
        /// The file.
        file: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The operating system gave no random bytes.
    #[error("no key can be made now")]
    Random(#[from] RandomError),
}
