//! `migrate`, `migrate:status` and `migrate:rollback`.

use std::fmt::Display;

use super::ConsoleError;
use crate::database::{DatabaseManager, MigrationState};

/// Runs the pending migrations of a connection. Returns the text to print.
pub(super) async fn migrate(databases: &DatabaseManager, connection: Option<&str>) -> Result<String, ConsoleError> {
    let migrations = databases.migrations(connection).await?;
    let applied = migrations.run().await?;
    if applied.is_empty() {
        return Ok(format!("Nothing to do: every migration in {} is applied.", migrations.folder().display()));
    }
    let lines: Vec<String> = applied.iter().map(|migration| format!("Applied {migration}.")).collect();
    Ok(lines.join("\n"))
}

/// Returns the state of each migration of a connection, one per line.
pub(super) async fn status(databases: &DatabaseManager, connection: Option<&str>) -> Result<String, ConsoleError> {
    let migrations = databases.migrations(connection).await?;
    let all = migrations.status().await?;
    if all.is_empty() {
        return Ok(format!("There are no migrations in {}.", migrations.folder().display()));
    }
    let lines: Vec<String> = all.iter().map(|migration| described(migration.state, migration)).collect();
    Ok(lines.join("\n"))
}

/// Returns the line of one migration.
fn described(state: MigrationState, migration: &impl Display) -> String {
    match state {
        MigrationState::Pending => format!("pending  {migration}"),
        MigrationState::Applied => format!("applied  {migration}"),
        MigrationState::Changed => format!("changed  {migration} (after it was applied)"),
        MigrationState::Unfinished => format!("unfinished  {migration} (it failed halfway)"),
        MigrationState::Missing => format!("missing  {migration} (it is applied, but its file is missing)"),
    }
}

/// Rolls back the last migration of a connection. Returns the text to print.
pub(super) async fn roll_back(databases: &DatabaseManager, connection: Option<&str>) -> Result<String, ConsoleError> {
    Ok(match databases.migrations(connection).await?.roll_back().await? {
        Some(migration) => format!("Rolled back {migration}."),
        None => "Nothing to do: no migration is applied.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_followed_by_the_migration_and_a_remark_of_its_own() {
        assert_eq!(described(MigrationState::Applied, &"1 users"), "applied  1 users");
        assert_eq!(
            described(MigrationState::Missing, &"1 users"),
            "missing  1 users (it is applied, but its file is missing)"
        );
    }
}
