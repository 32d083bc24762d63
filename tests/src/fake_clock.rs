//! A clock that a test sets while a server runs: libfaketime.

use std::fs;

use tempfile::TempDir;

/// The library, if it is installed. Tests that need it are ignored otherwise.
const LIBRARY: Option<&str> = option_env!("SALON_LIBFAKETIME");

/// The time of day of the servers that are started with its [environment](Self::environment). How fast time passes for
/// them, and the timestamps of files, are not affected.
#[derive(Debug)]
pub struct FakeClock {
    folder: TempDir,
    file: String,
}

impl FakeClock {
    /// A clock that is right, or wrong by an offset: `"+1h"`, `"-10y"`, `"+90s"`.
    #[must_use]
    pub fn new(offset: &str) -> Self {
        let folder = TempDir::with_prefix("salon-clock-").expect("a temporary folder");
        let file = folder.path().join("offset").display().to_string();
        let clock = Self { folder, file };
        clock.set(offset);
        clock
    }

    /// Sets it, also for running servers.
    pub fn set(&self, offset: &str) {
        let next = self.folder.path().join("next");
        // In a single step, so that nobody reads half of it.
        fs::write(&next, format!("{offset}\n")).and_then(|()| fs::rename(&next, &self.file)).expect("a file");
    }

    /// What a server needs in its environment, in addition to other variables.
    #[must_use]
    pub fn environment<'a>(&'a self, others: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let library = LIBRARY.expect("libfaketime; without it this test is ignored");
        let own = [
            ("LD_PRELOAD", library),
            ("FAKETIME_TIMESTAMP_FILE", &self.file),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("NO_FAKE_STAT", "1"),
        ];
        own.into_iter().chain(others.iter().copied()).collect()
    }
}
