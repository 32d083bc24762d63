//! Why a certificate cannot be used.

use std::{io, path::PathBuf};

use crate::session::BoxError;

/// Why a certificate and its key cannot be used. Nothing of a file's content is in the text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error(
        "cannot read {}: check the path (`{setting}` in config/server.toml), and that the user of the app may read the file",
        path.display()
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// The key of the configuration.
        setting: &'static str,
        /// The error of the operating system.
        source: io::Error,
    },

    /// There is no certificate in the file.
    #[error(
        "there is no certificate in {}: `tls_certificate` in config/server.toml is the path of a PEM file with the certificate, followed by those of its issuers (often fullchain.pem)",
        path.display()
    )]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },

    /// There is no private key in the file.
    #[error(
        "there is no private key in {}: `tls_key` in config/server.toml is the path of a PEM file with a key that is not encrypted (often privkey.pem)",
        path.display()
    )]
    NoKey {
        /// The file.
        path: PathBuf,
    },

    /// The file is not in the format PEM.
    #[error("{} is not a valid PEM file: copy it again from where it was issued", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
    },

    /// The certificate and the key do not belong together, or are of a kind that rustls does not know.
    #[error(
        "the certificate in {} cannot be used with the key in {}: take both from the same place, with an ECDSA, RSA or Ed25519 key",
        certificate.display(), key.display()
    )]
    Mismatch {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// The error of rustls.
        source: BoxError,
    },

    /// rustls cannot be set up.
    #[error("cannot set up TLS")]
    Setup(#[source] BoxError),
}
