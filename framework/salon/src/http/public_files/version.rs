//! The versions of files: hashes of their contents.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use ring::digest::{Context, SHA256};

use super::file::{PublicFile, Stamp};

/// How many bytes of the SHA-256 are used: enough that no two versions of a file have the same one.
const BYTES: usize = 10;

/// The versions that were computed, so that a request does not read the whole file.
#[derive(Default)]
pub(super) struct Versions {
    known: Mutex<HashMap<PathBuf, (Stamp, String)>>,
}

impl Versions {
    /// Returns the version of a file: a hash of its content, as lowercase hexadecimal digits. Blocks while the file is read
    /// if it has changed, or was changed a moment ago.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub(super) fn of(&self, file: &PublicFile) -> io::Result<String> {
        if let Some((stamp, version)) = self.known().get(&file.path)
            && *stamp == file.stamp
        {
            return Ok(version.clone());
        }
        let version = hash(&file.path)?;
        if file.stamp.is_settled(SystemTime::now()) {
            self.known().insert(file.path.clone(), (file.stamp, version.clone()));
        }
        Ok(version)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<PathBuf, (Stamp, String)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut context = Context::new(&SHA256);
    let mut chunk = vec![0; 64 * 1024];
    loop {
        match file.read(&mut chunk)? {
            0 => break,
            read => context.update(&chunk[..read]),
        }
    }
    Ok(context.finish().as_ref()[..BYTES].iter().map(|byte| format!("{byte:02x}")).collect())
}
