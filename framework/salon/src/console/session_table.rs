//! `session:table`: writes the migration for the table of the session driver "database".

use std::{
    borrow::Cow,
    ffi::OsStr,
    fmt,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use cookie::time::OffsetDateTime;

use super::ConsoleError;
use crate::{
    database::{DatabaseManager, MigrationError},
    session::{SessionConfig, table_migration},
    support::Timestamp,
};

/// The result of [`write_session_table`]. Its `Display` describes it and says what to do next.
#[derive(Debug)]
#[non_exhaustive]
pub struct SessionTable {
    /// The file that creates the table.
    pub up: PathBuf,
    /// The file that drops the table.
    pub down: PathBuf,
    /// The connection of the sessions, if it is not the default one.
    pub connection: Option<String>,
}

impl fmt::Display for SessionTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "Wrote {}", self.up.display())?;
        writeln!(formatter, "and   {}", self.down.display())?;
        write!(formatter, "Next step: cargo run -- migrate")?;
        match &self.connection {
            Some(connection) => write!(formatter, " --connection {connection}"),
            None => Ok(()),
        }
    }
}

/// Writes the migration for the session table, in the SQL dialect of the connection that `session.toml` names.
///
/// # Errors
/// Returns an error if the migration or the table already exists, the database cannot be reached, or the files cannot
/// be written.
pub async fn write_session_table(
    databases: &DatabaseManager,
    config: &SessionConfig,
    now: Timestamp,
) -> Result<SessionTable, ConsoleError> {
    let connection = config.named_connection();
    let pool = databases.pool(connection).await.map_err(MigrationError::from)?;
    let migrations = databases.migrations(connection).await?;
    let (folder, table) = (migrations.folder(), &config.table);
    let end = format!("_create_{table}_table.up.sql");
    let files = files(folder)?;
    if let Some(path) = files.iter().find(|path| name(path).ends_with(&end)) {
        return Err(ConsoleError::MigrationExists { path: path.clone() });
    }
    if pool.has_table(table).await.map_err(MigrationError::from)? {
        return Err(ConsoleError::TableExists { table: table.clone(), connection: pool.name().to_owned() });
    }
    // The database would treat two migrations with the same number as one.
    let last = files.iter().filter_map(|path| name(path).split('_').next()?.parse::<u64>().ok()).max();
    let begin = last.map_or(number(now), |last| number(now).max(last + 1));
    let (up, down) =
        (folder.join(format!("{begin}{end}")), folder.join(format!("{begin}_create_{table}_table.down.sql")));
    let (make, remove) = table_migration(pool.dialect(), table);
    fs::create_dir_all(folder).map_err(|source| ConsoleError::Write { path: folder.to_owned(), source })?;
    // Write the decisive file last.
    for (path, text) in [(&down, remove), (&up, make)] {
        let written = File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|source| ConsoleError::Write { path: path.clone(), source })?;
    }
    Ok(SessionTable { up, down, connection: connection.map(str::to_owned) })
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, ConsoleError> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(entries.flatten().map(|entry| entry.path()).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(ConsoleError::Read { path: folder.to_owned(), source }),
    }
}

fn name(path: &Path) -> Cow<'_, str> {
    path.file_name().map(OsStr::to_string_lossy).unwrap_or_default()
}

/// Formats a moment as the number of a migration: 20260131235959, in UTC.
fn number(moment: Timestamp) -> u64 {
    // A moment that no calendar has is not worth an error: the number only has to be larger than the last one.
    let seconds = i64::try_from(moment.as_seconds()).unwrap_or_default();
    let moment = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (month, day) = (u8::from(moment.month()), moment.day());
    let year = u64::try_from(moment.year()).unwrap_or_default();
    let parts = [month, day, moment.hour(), moment.minute(), moment.second()];
    parts.iter().fold(year, |number, part| number * 100 + u64::from(*part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_is_numbered_by_its_day_and_time() {
        for (seconds, expected) in [
            (0, 19700101000000),
            (951_782_399, 20000228235959),
            (951_868_799, 20000229235959),
            (1_795_255_384, 20261121100304),
            (4_107_542_400, 21000301000000),
        ] {
            assert_eq!(number(Timestamp::from_seconds(seconds)), expected);
        }
    }
}
