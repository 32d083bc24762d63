//! Remedies for the errors of a database.

use std::io::ErrorKind;

use sqlx::Error;

use super::{error_code::error_code, without_source::without_source};
use crate::{connection::Connection, error::DatabaseError};

/// The meaning, for whoever runs the app, of the PostgreSQL, MySQL and SQLite codes that have a single cause.
const REMEDIES: &[(&[&str], &str)] = &[
    (
        &["28P01", "28000", "1045", "1698"],
        "the server refuses the user or the password: check both in its `url`, and the privileges that the server grants them",
    ),
    (&["3D000", "1049"], "the server has no such database: create it, or correct the name at the end of its `url`"),
    (
        &["42501", "1044", "1142", "1143"],
        "the user lacks privileges on this database or its tables: grant them, or use another user in its `url`",
    ),
    (
        &["53300", "1040", "1203"],
        "the server has too many connections: raise its limit there, or lower `max_connections` here",
    ),
    (&["57P03"], "the server is starting up or shutting down: try again"),
    (&["14"], "the file cannot be opened: check that it and its folder exist and are writable"),
    (&["26"], "the file is not an SQLite database: set its `url` to another file"),
];

const UNTRUSTED: &str = "it cannot be encrypted, or the server is not trusted: check the `ssl-mode` in its `url`, `ca`, and that the feature `tls` of the crate salon is enabled";

/// The codes of a write to a read-only database.
const READ_ONLY: &[&str] = &["25006", "1290", "1792", "1836", "8"];

/// Adds a remedy to an error.
pub(super) fn explain(connection: &Connection, error: Error) -> DatabaseError {
    let name = connection.name.clone();
    let unreachable =
        |remedy: &str, error: Error| DatabaseError::unreachable(&connection.name, remedy, without_source(error));
    match &error {
        Error::PoolTimedOut => pool_timeout(connection),
        Error::Configuration(problem) => DatabaseError::wrong_url(&name, problem.to_string()),
        Error::Tls(_) => unreachable(UNTRUSTED, error),
        Error::Io(cause) => {
            let remedy = match cause.kind() {
                ErrorKind::ConnectionRefused => {
                    "nothing listens there: start the server, or correct host and port in its `url`"
                }
                ErrorKind::NotFound => "there is no such file or socket: correct its `url`",
                ErrorKind::InvalidData => UNTRUSTED,
                ErrorKind::PermissionDenied => "no permission to use the file or socket: grant this user access to it",
                ErrorKind::ConnectionReset
                | ErrorKind::ConnectionAborted
                | ErrorKind::UnexpectedEof
                | ErrorKind::BrokenPipe => "the server closed the connection: check that it is running, and its log",
                _ => "check host and port in its `url`, and the network",
            };
            unreachable(remedy, error)
        }
        Error::Database(_) => {
            let code = error_code(&error).unwrap_or_default();
            if READ_ONLY.contains(&code.as_str()) {
                return DatabaseError::ReadOnly { connection: name, source: without_source(error) };
            }
            match REMEDIES.iter().find(|(codes, _)| codes.contains(&code.as_str())) {
                Some((_, remedy)) => unreachable(remedy, error),
                None => DatabaseError::Refused { connection: name, source: without_source(error) },
            }
        }
        _ => DatabaseError::Refused { connection: name, source: without_source(error) },
    }
}

/// Returns the error for a connection that did not become free in time.
pub(super) fn pool_timeout(connection: &Connection) -> DatabaseError {
    DatabaseError::PoolTimeout {
        connection: connection.name.clone(),
        seconds: connection.config.connect_timeout,
        max_connections: connection.config.max_connections,
    }
}
