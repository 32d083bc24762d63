//! Migrations: files of SQL that are carried out once each, in their order.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use sqlx::{
    Connection as _,
    migrate::{AppliedMigration, Migrate, MigrateError, Migrator},
};

use super::{DatabaseManager, MigrationError, Pool, is_no_table, pool::Kind, said};

/// Where it is kept which ones are applied; the name that sqlx's own tools use.
const TABLE: &str = "_sqlx_migrations";

/// How far a migration has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MigrationState {
    /// It is to be carried out.
    Pending,
    /// It is carried out.
    Applied,
    /// It is carried out, and its file was changed since.
    Changed,
    /// It is carried out, and its file is gone.
    Missing,
    /// It failed half way, in a database that changes tables outside of transactions.
    Unfinished,
}

/// A migration. Its `Display` is its version and name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migration {
    /// The number that its file begins with. They are carried out in the order of these.
    pub version: i64,
    /// What its file is called, without the number and the ending; empty if the file is gone.
    pub name: String,
    /// How far it has come.
    pub state: MigrationState,
}

impl fmt::Display for Migration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.version, self.name)
    }
}

/// The migrations of a connection: the files `<number>_<name>.up.sql` and `.down.sql` in `database/migrations/sqlite`, `…/postgres`
/// or `…/mysql`. Which ones are applied stands in the database's own table `_sqlx_migrations`.
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
    /// The migrations of the connection of this name, or of the default one.
    ///
    /// # Errors
    /// There is no such connection, it leads to no SQL database, or the database cannot be reached.
    pub async fn migrations(&self, name: Option<&str>) -> Result<Migrations, MigrationError> {
        let pool = self.pool(name).await?;
        let folder = self.root().join("database/migrations").join(pool.dialect().folder());
        Ok(Migrations { pool, folder })
    }
}

/// Runs what is given on a connection that the pool does not get back: one that failed half way may hold locks.
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
    /// Where the files are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Every migration that there is a file of, or that was applied, in their order.
    ///
    /// # Errors
    /// The files cannot be read, or the database cannot be asked.
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

    /// Carries out those that are pending; which ones.
    ///
    /// # Errors
    /// One failed, or was changed or removed after it had been applied. Those before it are applied.
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

    /// Takes back the last one that was applied; `None` if none was.
    ///
    /// # Errors
    /// It failed, or has no `.down.sql`.
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
                // MySQL's does not say of what it speaks.
                MigrateError::Execute(source @ sqlx::Error::Database(_)) => {
                    MigrationError::Failed { version, source: said(source) }
                }
                error => self.explain(error),
            },
        )?;
        Ok(Some(Migration { state: MigrationState::Pending, ..last }))
    }

    /// A folder that is not there has no files.
    async fn read(&self) -> Result<Migrator, MigrationError> {
        if !self.folder.exists() {
            return Ok(Migrator::with_migrations(Vec::new()));
        }
        Migrator::new(self.folder.clone()).await.map_err(|error| self.explain(error))
    }

    /// Those that were begun, and the first of them that was not ended. The table of them is not made for that: two who make it at
    /// the same moment get in each other's way, and `run` makes it with the lock.
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
