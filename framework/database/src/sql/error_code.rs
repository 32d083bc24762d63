//! The codes of database errors.

use sqlx::Error;

/// Returns the code of the database's error: PostgreSQL's SQLSTATE, MySQL's number, or SQLite's code without the
/// extension in the higher bits.
pub fn error_code(error: &Error) -> Option<String> {
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
pub fn is_missing_table(error: &Error) -> bool {
    let Some(error) = error.as_database_error() else { return false };
    // SQLite has one code for everything missing that a statement refers to.
    error.code().is_some_and(|code| code == "42P01" || code == "42S02") || error.message().starts_with("no such table")
}

/// True if the error is about the names and types in a statement, and not about the user or the state of the database.
pub fn is_schema_mismatch(error: &Error) -> bool {
    match error_code(error).as_deref() {
        // The class of PostgreSQL also contains missing privileges.
        Some(state) if state.len() == 5 => state.starts_with("42") && state != "42501",
        Some(number) => number == "1054" || number == "1",
        None => false,
    }
}
