//! The connect options of a database server.

use std::{path::Path, str::FromStr};

use crate::{connection::Connection, error::DatabaseError};

/// Returns the options for PostgreSQL. With `ca`, the server's certificate and host name are verified, unless the URL
/// says otherwise.
#[cfg(feature = "postgres")]
pub(super) fn postgres(
    connection: &Connection,
    root: &Path,
) -> Result<sqlx::postgres::PgConnectOptions, DatabaseError> {
    use sqlx::postgres::{PgConnectOptions, PgSslMode};
    let form = "postgres://user:password@host:5432/database";
    parse(connection, root, form, |options: PgConnectOptions, ca, is_mode_given| {
        let options = options.ssl_root_cert(ca);
        if is_mode_given { options } else { options.ssl_mode(PgSslMode::VerifyFull) }
    })
}

/// Returns the options for MySQL and MariaDB. With `ca`, the server's certificate and host name are verified, unless the
/// URL says otherwise.
#[cfg(feature = "mysql")]
pub(super) fn mysql(connection: &Connection, root: &Path) -> Result<sqlx::mysql::MySqlConnectOptions, DatabaseError> {
    use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
    let form = "mysql://user:password@host:3306/database";
    parse(connection, root, form, |options: MySqlConnectOptions, ca, is_mode_given| {
        let options = options.ssl_ca(ca);
        if is_mode_given { options } else { options.ssl_mode(MySqlSslMode::VerifyIdentity) }
    })
}

/// Parses the URL. With `ca`, `verify` gets the file, and whether the URL chooses how to verify.
fn parse<O: FromStr<Err = sqlx::Error>>(
    connection: &Connection,
    root: &Path,
    form: &str,
    verify: impl FnOnce(O, &Path, bool) -> O,
) -> Result<O, DatabaseError> {
    let (url, ca) = (connection.config.url.expose(), &connection.config.ca);
    let options = O::from_str(url)
        .map_err(|error| DatabaseError::wrong_url(&connection.name, format!("{error}; it must look like {form}")))?;
    if ca.is_empty() {
        return Ok(options);
    }
    Ok(verify(options, &root.join(ca), url.contains("sslmode=") || url.contains("ssl-mode=")))
}
