//! TLS with one certificate.

use std::{path::PathBuf, sync::Arc};

use rustls::{ServerConfig, crypto::ring};
use tokio_rustls::TlsAcceptor;

use super::{TlsError, certificates::Certificates, files::Files};

/// The protocols that a client can choose from during the handshake, the preferred one first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// TLS with one certificate, for the TCP listeners of a [`Server`](crate::http::Server). It needs the feature `tls`.
#[derive(Clone, Debug)]
pub struct Tls {
    config: Arc<ServerConfig>,
    certificates: Arc<Certificates>,
}

impl Tls {
    /// Reads a certificate and its private key, both in the format PEM. The file of the certificate begins with that of the
    /// server, followed by those of its issuers.
    ///
    /// While a server uses them, it looks at the files every second, and shows a new certificate to the next connections.
    /// If the new files cannot be used, it logs why, and keeps the previous certificate.
    ///
    /// ```no_run
    /// use salon::http::{Server, Tls};
    ///
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let tls = Tls::from_files("/etc/blog/fullchain.pem", "/etc/blog/privkey.pem")?;
    /// let server = Server::bind("0.0.0.0:443").await?.tls(tls);
    /// assert_eq!(server.to_string(), "https://0.0.0.0:443");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns a [`TlsError`] that names the file and what to do.
    pub fn from_files(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Result<Self, TlsError> {
        let files = Files { certificate: certificate.into(), key: key.into() };
        let provider = Arc::new(ring::default_provider());
        let certificates = Arc::new(Certificates::load(files, Arc::clone(&provider))?);
        let setup = |error: rustls::Error| TlsError::Setup(error.into());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(setup)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Certificates>::clone(&certificates));
        config.alpn_protocols = PROTOCOLS.map(Vec::from).to_vec();
        // A client that returns needs no whole handshake, and the server remembers nothing of it.
        config.ticketer = ring::Ticketer::new().map_err(setup)?;
        Ok(Self { config: Arc::new(config), certificates })
    }

    pub(in crate::http::server) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }

    /// Looks at the files regularly.
    pub(in crate::http::server) async fn watch(self) {
        self.certificates.watch().await;
    }

    #[cfg(test)]
    pub(super) fn certificates(&self) -> &Certificates {
        &self.certificates
    }
}
