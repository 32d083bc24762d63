//! What is wrong with the folder of the sessions, each with what to do about it.

use std::{io, path::PathBuf};

#[derive(Debug, thiserror::Error)]
pub(super) enum FolderError {
    #[error(
        "{path} is no folder (a link is not followed): move it away, or set `files` in config/session.toml to another folder"
    )]
    NoFolder { path: PathBuf },

    #[error(
        "the folder {path} cannot be written to: make it writable for this user, or set `files` in config/session.toml to another folder"
    )]
    Unwritable { path: PathBuf, source: io::Error },

    #[error(
        "the folder {path} belongs to another user (number {owner}), who could enter any session: give it to this user (number {us}), or set `files` in config/session.toml to another folder"
    )]
    Foreign { path: PathBuf, owner: u32, us: u32 },

    #[error(
        "the folder {path} is open to others and cannot be closed to them: give it to this user, or set `files` in config/session.toml to another folder"
    )]
    Unclosable { path: PathBuf, source: io::Error },

    #[error(
        "others could write to the folder {path} (mode {mode:o}), so what lies in it may be forged: empty it, which ends every session; if you trust everybody who could, run `chmod 700` on it; or set `files` in config/session.toml to another folder"
    )]
    Writable { path: PathBuf, mode: u32 },

    #[error("the folder {path} cannot be reached any more: make it again, or restart")]
    Gone { path: PathBuf, source: io::Error },

    #[error(
        "the folder {path} is on another disk than it was at the start: mount that one again, or restart to go on with this one"
    )]
    Elsewhere { path: PathBuf },

    #[error("{path} is a link, or another user's folder: move it away")]
    Planted { path: PathBuf },
}
