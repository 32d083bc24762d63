//! MySQL and MariaDB.

use std::{path::Path, str::FromStr};

use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};

use super::{Connection, DatabaseError};

/// Builds the connect options. With `ca`, the server's certificate and host name are verified, unless the URL says
/// otherwise.
pub(super) fn options(connection: &Connection, root: &Path) -> Result<MySqlConnectOptions, DatabaseError> {
    let url = connection.config.url.expose();
    let mut options = MySqlConnectOptions::from_str(url).map_err(|error| DatabaseError::WrongUrl {
        connection: connection.name.clone(),
        problem: format!("{error}; it must look like mysql://user:password@host:3306/database"),
    })?;
    if !connection.config.ca.is_empty() {
        options = options.ssl_ca(root.join(&connection.config.ca));
        if !url.contains("sslmode=") && !url.contains("ssl-mode=") {
            options = options.ssl_mode(MySqlSslMode::VerifyIdentity);
        }
    }
    Ok(options)
}
