//! What to do about what a database answers.

use std::{error, fmt, io::ErrorKind};

use sqlx::Error;

use super::{Connection, DatabaseError};

/// What the codes of PostgreSQL, MySQL and SQLite that name one cause mean for whoever runs the app.
const REMEDIES: &[(&[&str], &str)] = &[
    (
        &["28P01", "28000", "1045", "1698"],
        "the server refuses the user or the password: look at both in its `url`, and at the rights that the server gives to them",
    ),
    (&["3D000", "1049"], "the server has no such database: make it, or correct the name at the end of its `url`"),
    (
        &["42501", "1044", "1142", "1143"],
        "the user has no right to this database, or to what is in it: grant it, or name another user in its `url`",
    ),
    (
        &["53300", "1040", "1203"],
        "the server has too many connections: allow more there, or lower `max_connections` here",
    ),
    (&["57P03"], "the server is coming up or going down: try again"),
    (&["14"], "the file cannot be opened: look whether it and its folder are there, and may be written to"),
    (&["26"], "the file is no SQLite database: let its `url` name another one"),
];

const NOT_TRUSTED: &str = "it cannot be encrypted, or the server is not trusted: look at the `ssl-mode` in its `url`, at `ca`, and whether the feature `tls` of the crate salon is on";

/// The codes of an attempt to write where nothing is written.
const READ_ONLY: &[&str] = &["25006", "1290", "1792", "1836", "8"];

/// The error with what to do about it.
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
                ErrorKind::PermissionDenied => "the file or socket may not be used: give this user the right to it",
                ErrorKind::ConnectionReset
                | ErrorKind::ConnectionAborted
                | ErrorKind::UnexpectedEof
                | ErrorKind::BrokenPipe => "the server hung up: look whether it runs, and at its log",
                _ => "look at host and port in its `url`, and at the network",
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

/// A connection that did not become free in time.
pub(super) fn no_connection(connection: &Connection) -> DatabaseError {
    DatabaseError::NoConnection {
        connection: connection.name.clone(),
        seconds: connection.config.connect_timeout,
        most: connection.config.max_connections,
    }
}

/// The code of what the database answered: PostgreSQL's SQLSTATE, MySQL's number, SQLite's without what it adds in the higher bits.
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

/// Whether it is about a table that is not there.
pub fn is_no_table(error: &Error) -> bool {
    let Some(error) = error.as_database_error() else { return false };
    // SQLite has one code for whatever a statement means that is not there.
    error.code().is_some_and(|code| code == "42P01" || code == "42S02") || error.message().starts_with("no such table")
}

/// Whether it is about what a statement names and compares: not about who asks, or how the database is.
pub fn is_other_columns(error: &Error) -> bool {
    match code(error).as_deref() {
        // The class of PostgreSQL; in it are its rights, too.
        Some(state) if state.len() == 5 => state.starts_with("42") && state != "42501",
        Some(number) => number == "1054" || number == "1",
        None => false,
    }
}

/// An error of sqlx, whose text has its cause in it already.
#[derive(Debug)]
struct Said(Error);

impl fmt::Display for Said {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl error::Error for Said {}

/// The error as a cause that is told once.
pub fn said(error: Error) -> Box<dyn error::Error + Send + Sync> {
    Said(error).into()
}
