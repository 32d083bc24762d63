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

use super::{Connection, DatabaseError};

/// Longer than anybody waits.
const MAX: Duration = Duration::from_secs(3600);

/// How to connect, and the file made if there is none, for nobody else to read.
pub(super) fn options(connection: &Connection, root: &Path) -> Result<SqliteConnectOptions, DatabaseError> {
    let url = connection.config.url.expose();
    let wrong = |problem: String| DatabaseError::WrongUrl { connection: connection.name.clone(), problem };
    let options = SqliteConnectOptions::from_str(url).map_err(|error| wrong(error.to_string()))?;
    let is_in_memory = url.contains(":memory:") || url.contains("mode=memory");
    if is_in_memory || options.get_filename().as_os_str().is_empty() {
        return Err(wrong(
            "it must name a file, such as sqlite:storage/database.sqlite: what is only in memory, each connection would have for itself"
                .to_owned(),
        ));
    }
    let path = root.join(options.get_filename());
    if !url.contains("mode=") {
        make(&path).map_err(|source| DatabaseError::Unreachable {
            connection: connection.name.clone(),
            remedy: format!("the file {} cannot be made; look at its folder and who may write there", path.display()),
            source: source.into(),
        })?;
    }
    // It has to give up before the one who asked does, so that it is known what became of the statement.
    let patience = connection.config.response_timeout().min(MAX).mul_f64(0.75);
    let options = options.filename(path).busy_timeout(patience).foreign_keys(true);
    Ok(options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Normal))
}

/// Makes the file and the folders above it. SQLite gives the files that it makes beside it the same permissions.
fn make(path: &Path) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    OpenOptions::new().create(true).append(true).mode(0o600).open(path).map(drop)
}
