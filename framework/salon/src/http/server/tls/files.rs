//! The files of a certificate and its key.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::SystemTime,
};

use rustls::{
    crypto::CryptoProvider,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
    sign::CertifiedKey,
};

use super::TlsError;

/// The files of a certificate and its key, in the format PEM.
#[derive(Clone, Debug)]
pub(super) struct Files {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

/// What changes when the files do: when each was modified, its size and its number. It follows symbolic links, which is how
/// certbot and Kubernetes replace certificates.
pub(super) type Stamp = [Option<(SystemTime, u64, u64)>; 2];

impl Files {
    pub(super) fn stamp(&self) -> Stamp {
        [&self.certificate, &self.key].map(|path| {
            let metadata = fs::metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len(), metadata.ino()))
        })
    }

    /// Reads both files, and checks that they belong together.
    pub(super) fn load(&self, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
        let chain: Result<Vec<_>, _> =
            CertificateDer::pem_slice_iter(&read(&self.certificate, "tls_certificate")?).collect();
        let chain = chain.map_err(|_| TlsError::Pem { path: self.certificate.clone() })?;
        if chain.is_empty() {
            return Err(TlsError::NoCertificate { path: self.certificate.clone() });
        }
        let key = PrivateKeyDer::from_pem_slice(&read(&self.key, "tls_key")?).map_err(|error| match error {
            pem::Error::NoItemsFound => TlsError::NoKey { path: self.key.clone() },
            _ => TlsError::Pem { path: self.key.clone() },
        })?;
        CertifiedKey::from_der(chain, key, provider).map_err(|error| TlsError::Mismatch {
            certificate: self.certificate.clone(),
            key: self.key.clone(),
            source: error.into(),
        })
    }
}

fn read(path: &Path, setting: &'static str) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::Read { path: path.to_owned(), setting, source })
}
