//! `migrate`, `migrate:status` and `migrate:rollback`.

use super::ConsoleError;
use crate::database::{DatabaseManager, MigrationState};

/// Carries out what is pending on a connection; what to tell about it.
pub(super) async fn migrate(databases: &DatabaseManager, connection: Option<&str>) -> Result<String, ConsoleError> {
    let migrations = databases.migrations(connection).await?;
    let applied = migrations.run().await?;
    if applied.is_empty() {
        return Ok(format!("Nothing to do: every migration in {} is applied.", migrations.folder().display()));
    }
    let lines: Vec<String> = applied.iter().map(|migration| format!("Applied {migration}.")).collect();
    Ok(lines.join("\n"))
}

/// How far each migration of a connection has come, a line each.
pub(super) async fn status(databases: &DatabaseManager, connection: Option<&str>) -> Result<String, ConsoleError> {
    let migrations = databases.migrations(connection).await?;
    let all = migrations.status().await?;
    if all.is_empty() {
        return Ok(format!("There are no migrations in {}.", migrations.folder().display()));
    }
    let lines: Vec<String> = all
        .iter()
        .map(|migration| match migration.state {
            MigrationState::Pending => format!("pending  {migration}"),
            MigrationState::Applied => format!("applied  {migration}"),
            MigrationState::Changed => format!("changed  {migration} (after it had been applied)"),
            MigrationState::Unfinished => format!("unfinished  {migration} (it failed half way)"),
            MigrationState::Missing => format!("missing  {migration}(it is applied, and its file is gone)"),
        })
        .collect();
    Ok(lines.join("\n"))
}

/// Takes the last migration of a connection back; what to tell about it.
pub(super) async fn roll_back(databases: &DatabaseManager, connection: Option<&str>) -> Result<String, ConsoleError> {
    Ok(match databases.migrations(connection).await?.roll_back().await? {
        Some(migration) => format!("Took back {migration}."),
        None => "Nothing to do: no migration is applied.".to_owned(),
    })
}
