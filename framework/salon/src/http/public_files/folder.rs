//! The folder of the public files.

use std::{
    collections::HashMap,
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    file::{PublicFile, Stamp},
    path::relative,
    version::Versions,
};

/// What the path of a file keeps in a URL: the unreserved characters and the slashes.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The files below `resources/public`.
pub(crate) struct PublicFolder {
    root: PathBuf,
    versions: Versions,
    /// The URLs that [`versioned_url`](Self::versioned_url) has returned, by path.
    urls: Mutex<HashMap<String, (Stamp, String)>>,
}

impl PublicFolder {
    /// Takes the folder of an app.
    pub(crate) fn new(app: &Path) -> Self {
        Self { root: app.join("resources/public"), versions: Versions::default(), urls: Mutex::default() }
    }

    /// Returns the URL of a file, with a version that follows from its content. A path that does not lead to a file is
    /// returned without a version. Reads the file if it has changed since the last call.
    pub(crate) fn versioned_url(&self, path: &str) -> String {
        let path = path.trim_start_matches('/');
        // One call of the system for each use. Only where the file has changed is the rest checked.
        let stamp = fs::metadata(self.root.join(path)).and_then(|found| Stamp::new(&found)).ok();
        if let Some((known, url)) = self.urls().get(path)
            && Some(*known) == stamp
        {
            return url.clone();
        }
        let encoded = utf8_percent_encode(path, PATH);
        let Ok(Some(file)) = self.find(&format!("/{encoded}")) else { return format!("/{path}") };
        let Ok(version) = self.version(&file) else { return format!("/{path}") };
        let url = format!("/{encoded}?v={version}");
        if file.stamp.is_settled(SystemTime::now()) {
            self.urls().insert(path.to_owned(), (file.stamp, url.clone()));
        }
        url
    }

    fn urls(&self) -> MutexGuard<'_, HashMap<String, (Stamp, String)>> {
        self.urls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds the file that the path of a URL means. Blocks.
    ///
    /// # Errors
    /// Returns an error if the file system fails. The result is `None` for a path that does not lead to a file,
    /// that is hidden, or that a link leads out of the folder.
    pub(super) fn find(&self, url_path: &str) -> io::Result<Option<PublicFile>> {
        let Some(relative) = relative(url_path) else { return Ok(None) };
        let found = || {
            // The folder itself may be a link, which leads to another release after a deployment.
            let root = self.root.canonicalize()?;
            let path = root.join(relative).canonicalize()?;
            let metadata = fs::metadata(&path)?;
            // A pipe or a device would keep its reader waiting.
            let is_public = path.starts_with(&root) && metadata.is_file();
            Ok(is_public.then_some(PublicFile { path, stamp: Stamp::new(&metadata)? }))
        };
        found().or_else(|error| if is_no_file(&error) { Ok(None) } else { Err(error) })
    }

    /// Returns the version of a file. Blocks while the file is read, if it has changed.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub(super) fn version(&self, file: &PublicFile) -> io::Result<String> {
        self.versions.of(file)
    }
}

impl fmt::Debug for PublicFolder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PublicFolder").field("root", &self.root).finish_non_exhaustive()
    }
}

/// True if the error means that there can be no such file, because a URL may be anything, of any length.
pub(super) fn is_no_file(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidFilename, InvalidInput, NotADirectory, NotFound, PermissionDenied};
    let is_loop_of_links = error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
    is_loop_of_links
        || matches!(error.kind(), NotFound | PermissionDenied | NotADirectory | InvalidFilename | InvalidInput)
}
