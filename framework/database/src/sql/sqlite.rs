//! SQLite.

use std::{
    fs::{DirBuilder, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
    str::FromStr,
    time::Duration,
};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use crate::{connection::Connection, error::DatabaseError};

/// SQLite counts the milliseconds in 32 bits.
const MAX_BUSY_TIMEOUT: Duration = Duration::from_secs(3600);

/// Builds the connect options. Creates the file if there is none, readable only by this user.
pub(super) fn options(connection: &Connection, root: &Path) -> Result<SqliteConnectOptions, DatabaseError> {
    let url = connection.config.url.expose();
    let wrong = |problem: &str| DatabaseError::wrong_url(&connection.name, problem);
    let options = SqliteConnectOptions::from_str(url).map_err(|error| wrong(&error.to_string()))?;
    let is_in_memory = url.contains(":memory:") || url.contains("mode=memory");
    if is_in_memory || options.get_filename().as_os_str().is_empty() {
        return Err(wrong(
            "it must name a file, such as sqlite:storage/database.sqlite: every connection would have its own in-memory database",
        ));
    }
    let path = root.join(options.get_filename());
    if !url.contains("mode=") {
        create(&path).map_err(|source| {
            let remedy =
                format!("cannot create the file {}; check its folder and the write permission there", path.display());
            DatabaseError::unreachable(&connection.name, remedy, source)
        })?;
    }
    // It must give up before the caller does, so that the outcome of the statement is known.
    let busy_timeout = connection.config.response_timeout().min(MAX_BUSY_TIMEOUT).mul_f64(0.75);
    let options = options.filename(path).busy_timeout(busy_timeout).foreign_keys(true);
    Ok(options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Normal))
}

/// Creates the file and the folders above it. SQLite gives the same permissions to the files that it creates beside it.
fn create(path: &Path) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    OpenOptions::new().create(true).append(true).mode(0o600).open(path).map(drop)
}
