//! Errors of the session folder, each with what to do about it.

use std::{io, path::PathBuf};

#[derive(Debug, thiserror::Error)]
pub(super) enum FolderError {
    #[error(
        "{path} is not a folder (links are not followed): move it away, or set `files` in config/session.toml to another folder"
    )]
    NotAFolder { path: PathBuf },

    #[error(
        "the folder {path} is not writable: make it writable for this user, or set `files` in config/session.toml to another folder"
    )]
    Unwritable { path: PathBuf, source: io::Error },

    #[error(
        "the folder {path} belongs to another user (uid {owner}), who could take over any session: change its owner to this user (uid {us}), or set `files` in config/session.toml to another folder"
    )]
    Foreign { path: PathBuf, owner: u32, us: u32 },

    #[error(
        "the folder {path} is accessible to other users, and its permissions cannot be changed: change its owner to this user, or set `files` in config/session.toml to another folder"
    )]
    Unclosable { path: PathBuf, source: io::Error },

    #[error(
        "other users could write to the folder {path} (mode {mode:o}), so its sessions may be forged: empty it, which ends every session; or, if you trust everybody who had access, run `chmod 700` on it; or set `files` in config/session.toml to another folder"
    )]
    Writable { path: PathBuf, mode: u32 },

    #[error(
        "the folder {path} (mode {mode:o}) is accessible to other users and is not for sessions alone, so its permissions are left as they are: set `files` in config/session.toml to a folder of its own, or run `chmod 700` on this one if it is for this app alone"
    )]
    InUse { path: PathBuf, mode: u32 },

    #[error(
        "the folder {path} is in {public}, whose files everybody can download: set `files` in config/session.toml to another folder, for example \"storage/framework/sessions\""
    )]
    Public { path: PathBuf, public: PathBuf },

    #[error("the folder {path} is no longer accessible: create it again, or restart")]
    Gone { path: PathBuf, source: io::Error },

    #[error(
        "the folder {path} is not on the disk it was on at startup: mount that disk again, or restart to continue with this one"
    )]
    OtherDisk { path: PathBuf },

    #[error("{path} is a link, or belongs to another user: move it away")]
    NotOurs { path: PathBuf },
}
