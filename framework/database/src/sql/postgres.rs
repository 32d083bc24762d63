//! PostgreSQL.

use std::{path::Path, str::FromStr};

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::{Connection, DatabaseError};

/// Builds the connect options. With `ca`, the server's certificate and host name are verified, unless the URL says
/// otherwise.
pub(super) fn options(connection: &Connection, root: &Path) -> Result<PgConnectOptions, DatabaseError> {
    let url = connection.config.url.expose();
    let mut options = PgConnectOptions::from_str(url).map_err(|error| DatabaseError::WrongUrl {
        connection: connection.name.clone(),
        problem: format!("{error}; it must look like postgres://user:password@host:5432/database"),
    })?;
    if !connection.config.ca.is_empty() {
        options = options.ssl_root_cert(root.join(&connection.config.ca));
        if !url.contains("sslmode=") && !url.contains("ssl-mode=") {
            options = options.ssl_mode(PgSslMode::VerifyFull);
        }
    }
    Ok(options)
}
