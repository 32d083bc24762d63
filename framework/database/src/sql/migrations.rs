//! Migrations: SQL files that run once each, in order.

use std::path::{Path, PathBuf};

use sqlx::{
    Connection as _,
    migrate::{AppliedMigration, Migrate, MigrateError, Migrator},
};

use super::{
    error_code::is_missing_table,
    migration::{Migration, MigrationState},
    migration_error::MigrationError,
    pool::{Kind, Pool},
    without_source::without_source,
};

/// The table that records the applied migrations, under the name that sqlx's own tools use.
const TABLE: &str = "_sqlx_migrations";

/// The migrations of a connection: the files `<number>_<name>.up.sql` and `.down.sql` in `database/migrations/sqlite`,
/// `…/postgres` or `…/mysql`. The database records the applied ones in its table `_sqlx_migrations`.
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use salon_database::{DatabaseConfig, DatabaseManager, MigrationState};
///
/// # let folder = tempfile::tempdir()?;
/// # let root = folder.path();
/// let files = root.join("database/migrations/sqlite");
/// std::fs::create_dir_all(&files)?;
/// std::fs::write(files.join("1_create_posts.up.sql"), "CREATE TABLE posts (title TEXT)")?;
/// std::fs::write(files.join("1_create_posts.down.sql"), "DROP TABLE posts")?;
///
/// let databases = DatabaseManager::new(root.to_owned(), DatabaseConfig::default());
/// let migrations = databases.migrations(None).await?;
/// assert_eq!(migrations.run().await?[0].to_string(), "1 create posts");
/// assert_eq!(migrations.status().await?[0].state, MigrationState::Applied);
/// assert_eq!(migrations.roll_back().await?.map(|migration| migration.version), Some(1));
/// # Ok(())
/// # }
/// # #[cfg(feature = "sqlite")]
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Migrations {
    pool: Pool,
    folder: PathBuf,
}

/// Runs the expression on a connection that is not returned to the pool, because after a failure halfway it may hold
/// locks.
macro_rules! detached {
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
    /// Creates the migrations of a pool, for the app in this folder.
    pub(crate) fn new(pool: Pool, root: &Path) -> Self {
        let folder = root.join("database/migrations").join(pool.dialect().folder());
        Self { pool, folder }
    }

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
        self.states(&self.read().await?).await
    }

    async fn states(&self, migrator: &Migrator) -> Result<Vec<Migration>, MigrationError> {
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
        let mut pending = self.states(&migrator).await?;
        detached!(self.pool, connection => migrator.run(&mut connection).await).map_err(|error| self.explain(error))?;
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
        let status = self.states(&migrator).await?;
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
            return Err(MigrationError::Irreversible { version });
        }
        detached!(self.pool, connection => migrator.undo(&mut connection, version - 1).await).map_err(|error| {
            match error {
                // The error of MySQL does not name the migration.
                MigrateError::Execute(source @ sqlx::Error::Database(_)) => {
                    MigrationError::Failed { version, source: without_source(source) }
                }
                error => self.explain(error),
            }
        })?;
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
        let found = detached!(self.pool, connection => {
            match connection.list_applied_migrations(TABLE).await {
                Ok(applied) => connection.dirty_version(TABLE).await.map(|unfinished| (applied, unfinished)),
                Err(error) => Err(error),
            }
        });
        match found {
            Err(MigrateError::Execute(error)) if is_missing_table(&error) => Ok((Vec::new(), None)),
            found => found.map_err(|error| self.explain(error)),
        }
    }

    fn explain(&self, error: MigrateError) -> MigrationError {
        match error {
            MigrateError::Execute(error) => MigrationError::Database(self.pool.explain(error)),
            MigrateError::ExecuteMigration(source, version) => {
                MigrationError::Failed { version, source: without_source(source) }
            }
            MigrateError::Source(source) => MigrationError::Read { folder: self.folder.clone(), source },
            MigrateError::VersionMissing(version) => MigrationError::Missing { version, folder: self.folder.clone() },
            MigrateError::VersionMismatch(version) => MigrationError::Changed { version },
            MigrateError::Dirty(version) => MigrationError::Unfinished { version },
            source => MigrationError::Other { source },
        }
    }
}
