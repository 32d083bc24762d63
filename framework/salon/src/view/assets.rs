//! URLs of static files, with a version that changes when the file does.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

/// The files under `resources/public`.
pub(super) struct Assets {
    folder: PathBuf,
    /// In development, every file is checked on each use.
    forgets: bool,
    known: Mutex<HashMap<String, String>>,
}

impl Assets {
    pub(super) fn new(folder: PathBuf, forgets: bool) -> Self {
        Self { folder, forgets, known: Mutex::default() }
    }

    /// Returns the URL of a file: its path and modification time, so that browsers can cache it until it changes.
    pub(super) fn url(&self, path: &str) -> String {
        let path = path.trim_start_matches('/');
        if self.forgets {
            return self.versioned(path);
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(path.to_owned()).or_insert_with(|| self.versioned(path)).clone()
    }

    fn versioned(&self, path: &str) -> String {
        let changed = std::fs::metadata(self.folder.join(path)).and_then(|found| found.modified());
        let version = changed.ok().and_then(|changed| changed.duration_since(SystemTime::UNIX_EPOCH).ok());
        match version {
            Some(version) => format!("/{path}?v={:x}", version.as_secs()),
            None => format!("/{path}"),
        }
    }
}
