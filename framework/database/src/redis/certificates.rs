//! The certificates that verify a server.

use std::path::Path;

use redis::TlsCertificates;

use crate::{connection::Connection, error::DatabaseError};

/// Reads the authorities of a connection's `ca`, relative to the app's folder. Returns `None` for the usual ones.
///
/// # Errors
/// Returns an error if the file cannot be read.
pub(super) fn certificates(root: &Path, connection: &Connection) -> Result<Option<TlsCertificates>, DatabaseError> {
    // If the app has already installed another provider, that one is used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let ca = &connection.config.ca;
    if ca.is_empty() {
        return Ok(None);
    }
    let path = root.join(ca);
    let file = std::fs::read(&path).map_err(|error| {
        let remedy = format!("`ca` names {}, which cannot be read", path.display());
        DatabaseError::unreachable(&connection.name, remedy, error)
    })?;
    Ok(Some(TlsCertificates { client_tls: None, root_cert: Some(file) }))
}
