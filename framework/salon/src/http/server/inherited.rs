//! The sockets that systemd has opened for the process.

use listenfd::ListenFd;

use super::{Listener, ServerError};

/// The sockets that systemd, or whatever started the process, has opened for it (socket activation).
pub(crate) struct Inherited(ListenFd);

impl Inherited {
    /// Takes them, and removes `LISTEN_FDS` and its companions from the environment. Call this before there are threads:
    /// others must not read the environment at the same time.
    pub(crate) fn take() -> Self {
        Self(ListenFd::from_env())
    }

    /// Listens on them. There are none if the process was started without any.
    ///
    /// # Errors
    /// Returns an error if one of them is neither a TCP nor a Unix socket that listens.
    pub(crate) fn listeners(mut self) -> Result<Vec<Listener>, ServerError> {
        (0..self.0.len()).map(|index| self.listener(index)).collect()
    }

    fn listener(&mut self, index: usize) -> Result<Listener, ServerError> {
        if let Ok(Some(listener)) = self.0.take_unix_listener(index) {
            return listener.try_into();
        }
        match self.0.take_tcp_listener(index) {
            Ok(Some(listener)) => listener.try_into(),
            Ok(None) => Err(ServerError::Inherited(std::io::ErrorKind::NotFound.into())),
            Err(source) => Err(ServerError::Inherited(source)),
        }
    }
}
