//! The temporary folder in which an app is created.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use salon_core::{encryption::env_file, support::Random};

use crate::error::NewError;

/// A temporary folder. Whatever is still in it when it is dropped is removed.
pub(super) struct Staging(PathBuf);

impl Staging {
    /// Creates the folder in another one, under a random name.
    pub(super) fn create(folder: &Path, random: &Random) -> Result<Self, NewError> {
        let path = folder.join(format!(".salon-new-{}", random.suffix()?));
        fs::create_dir(&path).map_err(|source| NewError::Write { path: folder.to_owned(), source })?;
        Ok(Self(path))
    }

    /// Writes a file, and the folders that it needs.
    pub(super) fn write(&self, path: &str, content: &[u8]) -> Result<(), NewError> {
        let target = self.0.join(path);
        let write = || {
            if let Some(folder) = target.parent() {
                fs::create_dir_all(folder)?;
            }
            // Only the owner may read the key in it.
            if path == ".env" {
                return env_file::create(&target, &String::from_utf8_lossy(content));
            }
            fs::write(&target, content)
        };
        write().map_err(|source| NewError::Write { path: target.clone(), source })
    }

    /// Moves the content into place. An existing empty folder is kept, because the user's shell may be in it.
    pub(super) fn settle(self, target: &Path, exists: bool) -> io::Result<()> {
        if !exists {
            return fs::rename(&self.0, target);
        }
        let mut moved: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            let place = target.join(entry.file_name());
            if let Err(error) = fs::rename(entry.path(), &place) {
                for place in moved {
                    // Move it back into the folder that is about to be removed. The first error is the one to report.
                    let _ = fs::rename(&place, self.0.join(place.file_name().unwrap_or_default()));
                }
                return Err(error);
            }
            moved.push(place);
        }
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // It is already gone if it was moved into place.
        let _ = fs::remove_dir_all(&self.0);
    }
}
