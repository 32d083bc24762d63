//! Errors of migrations, each with a remedy.

use std::path::PathBuf;

use crate::error::DatabaseError;

/// Migrations that cannot be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrationError {
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),

    /// The files cannot be read.
    #[error("cannot read the migrations in {}", folder.display())]
    Read {
        /// Their folder.
        folder: PathBuf,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// The database reported an error. The migrations before this one are applied.
    #[error("the migration {version} failed")]
    Failed {
        /// The version of the migration.
        version: i64,
        /// The error of the database.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// A file was changed after it was applied.
    #[error("the migration {version} was changed after it was applied: undo the change, and write another migration")]
    Changed {
        /// The version of the migration.
        version: i64,
    },

    /// A file is missing.
    #[error(
        "the migration {version} was applied to this database, but its file is not in {}: restore the file",
        folder.display()
    )]
    Missing {
        /// The version of the migration.
        version: i64,
        /// The folder that was searched.
        folder: PathBuf,
    },

    /// A migration stopped halfway, in a database that changes tables outside of transactions.
    #[error(
        "the migration {version} stopped halfway: find out which of its changes were made, repair the tables by hand, and remove its row from the table `_sqlx_migrations`"
    )]
    Unfinished {
        /// The version of the migration.
        version: i64,
    },

    /// There is no file to roll the migration back.
    #[error(
        "the migration {version} has no file that ends in `.down.sql`, so it cannot be rolled back: undo it in another migration"
    )]
    Irreversible {
        /// The version of the migration.
        version: i64,
    },

    /// Any other error of migrations.
    #[error("cannot run the migrations")]
    Other {
        /// The error.
        source: sqlx::migrate::MigrateError,
    },
}
