//! Remedies for the errors of a database.

use std::{error, fmt, io::ErrorKind};

use sqlx::Error;

use super::{Connection, DatabaseError};

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

const NOT_TRUSTED: &str = "it cannot be encrypted, or the server is not trusted: check the `ssl-mode` in its `url`, `ca`, and that the feature `tls` of the crate salon is enabled";

/// The codes of a write to a read-only database.
const READ_ONLY: &[&str] = &["25006", "1290", "1792", "1836", "8"];

/// Adds a remedy to an error.
pub(super) fn explain(connection: &Connection, error: Error) -> DatabaseError {
    let name = connection.name.clone();
    let unreachable = |remedy: &str, error: Error| DatabaseError::Unreachable {
        connection: name.clone(),
        remedy: remedy.to_owned(),
        source: said(error),
    };
    match &error {
        Error::PoolTimedOut => no_connection(connection),
        Error::Configuration(problem) => DatabaseError::WrongUrl { connection: name, problem: problem.to_string() },
        Error::Tls(_) => unreachable(NOT_TRUSTED, error),
        Error::Io(cause) => {
            let remedy = match cause.kind() {
                ErrorKind::ConnectionRefused => {
                    "nothing listens there: start the server, or correct host and port in its `url`"
                }
                ErrorKind::NotFound => "there is no such file or socket: correct its `url`",
                ErrorKind::InvalidData => NOT_TRUSTED,
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
            let code = code(&error).unwrap_or_default();
            if READ_ONLY.contains(&code.as_str()) {
                return DatabaseError::ReadOnly { connection: name, source: said(error) };
            }
            match REMEDIES.iter().find(|(codes, _)| codes.contains(&code.as_str())) {
                Some((_, remedy)) => unreachable(remedy, error),
                None => DatabaseError::Refused { connection: name, source: said(error) },
            }
        }
        _ => DatabaseError::Refused { connection: name, source: said(error) },
    }
}

/// The error for a connection that did not become free in time.
pub(super) fn no_connection(connection: &Connection) -> DatabaseError {
    DatabaseError::NoConnection {
        connection: connection.name.clone(),
        seconds: connection.config.connect_timeout,
        most: connection.config.max_connections,
    }
}

/// Returns the code of the database's error: PostgreSQL's SQLSTATE, MySQL's number, or SQLite's code without the
/// extension in the higher bits.
pub fn code(error: &Error) -> Option<String> {
    let error = error.as_database_error()?;
    #[cfg(feature = "mysql")]
    if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return Some(error.number().to_string());
    }
    let code = error.code()?;
    #[cfg(feature = "sqlite")]
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        return code.parse::<u32>().ok().map(|code| (code & 0xff).to_string());
    }
    Some(code.into_owned())
}

/// True if the error is about a missing table.
pub fn is_no_table(error: &Error) -> bool {
    let Some(error) = error.as_database_error() else { return false };
    // SQLite has one code for everything missing that a statement refers to.
    error.code().is_some_and(|code| code == "42P01" || code == "42S02") || error.message().starts_with("no such table")
}

/// True if the error is about the names and types in a statement, and not about the user or the state of the database.
pub fn is_other_columns(error: &Error) -> bool {
    match code(error).as_deref() {
        // The class of PostgreSQL also contains missing privileges.
        Some(state) if state.len() == 5 => state.starts_with("42") && state != "42501",
        Some(number) => number == "1054" || number == "1",
        None => false,
    }
}

/// An sqlx error whose text already contains its cause.
#[derive(Debug)]
struct Said(Error);

impl fmt::Display for Said {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl error::Error for Said {}

/// Wraps the error so that its cause is reported only once.
pub fn said(error: Error) -> Box<dyn error::Error + Send + Sync> {
    Said(error).into()
}
