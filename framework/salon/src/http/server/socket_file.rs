//! The file of a Unix socket.

use std::{
    fs, io,
    os::unix::{
        fs::{FileTypeExt, MetadataExt, PermissionsExt},
        net::UnixStream,
    },
    path::{Path, PathBuf},
    time::SystemTime,
};

use tokio::net::UnixListener;

use super::ServerError;

/// Lets the user and the group of the process connect.
const MODE: u32 = 0o660;

/// The file of a Unix socket that this process has created. It is removed when this is dropped, unless somebody has
/// replaced it.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    identity: Identity,
}

/// What tells a file from another one at the same path: its device, its number, which may be used again, and when it was
/// created, if the file system knows.
type Identity = (u64, u64, Option<SystemTime>);

impl SocketFile {
    /// Listens on a Unix socket, and replaces the file of a server that has ended without removing it.
    pub(super) fn listen(path: PathBuf) -> Result<(UnixListener, Self), ServerError> {
        let listen = || -> io::Result<_> {
            remove_stale(&path)?;
            let listener = UnixListener::bind(&path)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(MODE))?;
            let identity = identity(&path)?;
            Ok((listener, identity))
        };
        match listen() {
            Ok((listener, identity)) => Ok((listener, Self { path, identity })),
            Err(source) => Err(match source.kind() {
                io::ErrorKind::AddrInUse => ServerError::SocketInUse { path, source },
                io::ErrorKind::AlreadyExists => ServerError::NotASocket { path },
                _ => ServerError::Socket { path, source },
            }),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|identity| identity == self.identity)
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "cannot remove the file of the Unix socket");
        }
    }
}

fn identity(path: &Path) -> io::Result<Identity> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino(), metadata.created().ok()))
}

/// Removes the file of a socket that nobody listens on. Anything else at this path is an error.
fn remove_stale(path: &Path) -> io::Result<()> {
    let metadata = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        metadata => metadata?,
    };
    if !metadata.file_type().is_socket() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    match UnixStream::connect(path) {
        Ok(_) => Err(io::ErrorKind::AddrInUse.into()),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        // The queue of a server that listens is full.
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(io::ErrorKind::AddrInUse.into()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_file_of_a_server_that_has_ended_is_replaced_and_removed_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("http.sock");
        // The standard library leaves the file behind.
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let (_listener, file) = SocketFile::listen(path.clone()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
        drop(file);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn the_file_of_a_server_that_listens_is_left_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("http.sock");
        let (_listener, _file) = SocketFile::listen(path.clone()).unwrap();
        let error = SocketFile::listen(path.clone()).unwrap_err();
        assert!(matches!(&error, ServerError::SocketInUse { .. }), "{error}");
        assert!(UnixStream::connect(&path).is_ok());
    }

    #[tokio::test]
    async fn a_file_that_is_not_a_socket_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        fs::write(&path, "important").unwrap();
        let error = SocketFile::listen(path.clone()).unwrap_err();
        assert!(matches!(&error, ServerError::NotASocket { .. }), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "important");
    }

    #[tokio::test]
    async fn a_file_that_another_server_has_put_there_is_left_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("http.sock");
        let (listener, file) = SocketFile::listen(path.clone()).unwrap();
        drop(listener);
        let (_listener, _file) = SocketFile::listen(path.clone()).unwrap();
        drop(file);
        assert!(UnixStream::connect(&path).is_ok());
    }
}
