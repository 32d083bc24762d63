//! Migrations: SQL files that run once each, in order.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use sqlx::{
    Connection as _,
    migrate::{AppliedMigration, Migrate, MigrateError, Migrator},
};

use super::{DatabaseManager, MigrationError, Pool, is_no_table, pool::Kind, said};

/// The table that records the applied migrations, under the name that sqlx's own tools use.
const TABLE: &str = "_sqlx_migrations";

/// The state of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MigrationState {
    /// It has not run yet.
    Pending,
    /// It has run.
    Applied,
    /// It has run, and its file was changed since.
    Changed,
    /// It has run, and its file is missing.
    Missing,
    /// It failed halfway, in a database that changes tables outside of transactions.
    Unfinished,
}

/// A migration. Its `Display` shows its version and name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migration {
    /// The number that its file name begins with. Migrations run in the order of these numbers.
    pub version: i64,
    /// The name of its file without the number and the extension; empty if the file is missing.
    pub name: String,
    /// Its state.
    pub state: MigrationState,
}

impl fmt::Display for Migration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.version, self.name)
    }
}

/// The migrations of a connection: the files `<number>_<name>.up.sql` and `.down.sql` in `database/migrations/sqlite`,
/// `…/postgres` or `…/mysql`. The database records the applied ones in its table `_sqlx_migrations`.
///
/// ```
/// # use salon_database::{DatabaseConfig, DatabaseManager};
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// # let databases = DatabaseManager::new("".into(), DatabaseConfig::default());
/// for migration in databases.migrations(None).await?.run().await? {
///     println!("{migration}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Migrations {
    pool: Pool,
    folder: PathBuf,
}

impl DatabaseManager {
    /// Returns the migrations of the connection with this name, or of the default one.
    ///
    /// # Errors
    /// Returns an error if there is no such connection, it does not lead to an SQL database, or the database cannot be
    /// reached.
    pub async fn migrations(&self, name: Option<&str>) -> Result<Migrations, MigrationError> {
        let pool = self.pool(name).await?;
        let folder = self.root().join("database/migrations").join(pool.dialect().folder());
        Ok(Migrations { pool, folder })
    }
}

/// Runs the expression on a connection that is not returned to the pool, because after a failure halfway it may hold
/// locks.
macro_rules! apart {
    ($pool:expr, $connection:ident => $body:expr) => {
        each!(Kind, &$pool.kind, pool => {
            let mut $connection = pool.acquire().await.map_err(|error| $pool.explain(error))?.detach();
            let done = $body;
            let _ = $connection.close().await;
            done
        })
    };
}

impl Migrations {
    /// Returns the folder of the files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns every migration that has a file or was applied, in order.
    ///
    /// # Errors
    /// Returns an error if the files cannot be read, or the database cannot be queried.
    pub async fn status(&self) -> Result<Vec<Migration>, MigrationError> {
        let migrator = self.read().await?;
        let (applied, unfinished) = self.applied().await?;
        let mut all: Vec<Migration> = Vec::new();
        for file in migrator.iter().filter(|file| !file.migration_type.is_down_migration()) {
            let state = match applied.iter().find(|applied| applied.version == file.version) {
                None => MigrationState::Pending,
                Some(_) if unfinished == Some(file.version) => MigrationState::Unfinished,
                Some(applied) if applied.checksum == file.checksum => MigrationState::Applied,
                Some(_) => MigrationState::Changed,
            };
            all.push(Migration { version: file.version, name: file.description.to_string(), state });
        }
        for AppliedMigration { version, .. } in applied {
            if !migrator.version_exists(version) {
                all.push(Migration { version, name: String::new(), state: MigrationState::Missing });
            }
        }
        all.sort_by_key(|migration| migration.version);
        Ok(all)
    }

    /// Runs the pending migrations, and returns them.
    ///
    /// # Errors
    /// Returns an error if a migration failed, or was changed or removed after it was applied. The migrations before it
    /// are applied.
    pub async fn run(&self) -> Result<Vec<Migration>, MigrationError> {
        let migrator = self.read().await?;
        let mut pending = self.status().await?;
        apart!(self.pool, connection => migrator.run(&mut connection).await).map_err(|error| self.explain(error))?;
        pending.retain_mut(|migration| {
            let was = std::mem::replace(&mut migration.state, MigrationState::Applied);
            was == MigrationState::Pending
        });
        Ok(pending)
    }

    /// Rolls back the last applied migration, and returns it. Returns `None` if there is none.
    ///
    /// # Errors
    /// Returns an error if it failed, or has no `.down.sql` file.
    pub async fn roll_back(&self) -> Result<Option<Migration>, MigrationError> {
        let migrator = self.read().await?;
        let status = self.status().await?;
        let Some(last) = status.into_iter().rfind(|migration| migration.state != MigrationState::Pending) else {
            return Ok(None);
        };
        let version = last.version;
        match last.state {
            MigrationState::Missing => return Err(MigrationError::Missing { version, folder: self.folder.clone() }),
            MigrationState::Unfinished => return Err(MigrationError::Unfinished { version }),
            _ => {}
        }
        if !migrator.iter().any(|file| file.version == version && file.migration_type.is_down_migration()) {
            return Err(MigrationError::NoWayBack { version });
        }
        apart!(self.pool, connection => migrator.undo(&mut connection, version - 1).await).map_err(
            |error| match error {
                // The error of MySQL does not name the migration.
                MigrateError::Execute(source @ sqlx::Error::Database(_)) => {
                    MigrationError::Failed { version, source: said(source) }
                }
                error => self.explain(error),
            },
        )?;
        Ok(Some(Migration { state: MigrationState::Pending, ..last }))
    }

    /// A missing folder has no files.
    async fn read(&self) -> Result<Migrator, MigrationError> {
        if !self.folder.exists() {
            return Ok(Migrator::with_migrations(Vec::new()));
        }
        Migrator::new(self.folder.clone()).await.map_err(|error| self.explain(error))
    }

    /// Returns the migrations that were started, and the first of them that did not finish. This does not create their
    /// table: two processes that create it at the same time conflict, and `run` creates it under the lock.
    async fn applied(&self) -> Result<(Vec<AppliedMigration>, Option<i64>), MigrationError> {
        let asked = apart!(self.pool, connection => {
            match connection.list_applied_migrations(TABLE).await {
                Ok(applied) => connection.dirty_version(TABLE).await.map(|unfinished| (applied, unfinished)),
                Err(error) => Err(error),
            }
        });
        match asked {
            Err(MigrateError::Execute(error)) if is_no_table(&error) => Ok((Vec::new(), None)),
            asked => asked.map_err(|error| self.explain(error)),
        }
    }

    fn explain(&self, error: MigrateError) -> MigrationError {
        match error {
            MigrateError::Execute(error) => MigrationError::Database(self.pool.explain(error)),
            MigrateError::ExecuteMigration(source, version) => MigrationError::Failed { version, source: said(source) },
            MigrateError::Source(source) => MigrationError::Read { folder: self.folder.clone(), source },
            MigrateError::VersionMissing(version) => MigrationError::Missing { version, folder: self.folder.clone() },
            MigrateError::VersionMismatch(version) => MigrationError::Changed { version },
            MigrateError::Dirty(version) => MigrationError::Unfinished { version },
            source => MigrationError::Other { source },
        }
    }
}
