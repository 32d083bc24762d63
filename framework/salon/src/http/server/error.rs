//! Why the server cannot listen.

use std::io;

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// Another program already listens there.
    #[error("{address} is in use: stop the program that listens there, or choose another port with APP_PORT")]
    InUse {
        /// The address.
        address: String,
        /// The error of the operating system.
        source: io::Error,
    },

    /// The operating system does not allow it.
    #[error("no permission to listen on {address}: choose a port of 1024 or above with APP_PORT")]
    NotAllowed {
        /// The address.
        address: String,
        /// The error of the operating system.
        source: io::Error,
    },

    /// The address does not belong to this machine, or is invalid.
    #[error("cannot listen on {address}: check APP_HOST and APP_PORT")]
    Address {
        /// The address.
        address: String,
        /// The error of the operating system.
        source: io::Error,
    },
}
