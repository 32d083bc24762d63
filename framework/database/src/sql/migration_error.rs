//! What can go wrong with migrations, each with what to do about it.

use std::path::PathBuf;

use super::DatabaseError;

/// Migrations that cannot be carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrationError {
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),

    /// The files cannot be read.
    #[error("the migrations in {} cannot be read", folder.display())]
    Read {
        /// Their folder.
        folder: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// The database said no. What came before this migration is applied.
    #[error("the migration {version} failed")]
    Failed {
        /// Which one.
        version: i64,
        /// What the database said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// A file was changed after it had been applied.
    #[error(
        "the migration {version} was changed after it had been applied: undo the change, and write another migration"
    )]
    Changed {
        /// Which one.
        version: i64,
    },

    /// A file is gone.
    #[error(
        "the migration {version} was applied to this database, and its file is not in {}: bring it back",
        folder.display()
    )]
    Missing {
        /// Which one.
        version: i64,
        /// Where it is looked for.
        folder: PathBuf,
    },

    /// A database that changes tables outside of transactions has stopped half way.
    #[error(
        "the migration {version} ended half way: look what of it there is, put it right by hand, and remove its row from the table `_sqlx_migrations`"
    )]
    Unfinished {
        /// Which one.
        version: i64,
    },

    /// There is no file that takes it back.
    #[error(
        "the migration {version} has no file that ends in `.down.sql`, so it cannot be taken back: undo it in another migration"
    )]
    NoWayBack {
        /// Which one.
        version: i64,
    },

    /// Something else is wrong with them.
    #[error("the migrations cannot be carried out")]
    Other {
        /// What.
        source: sqlx::migrate::MigrateError,
    },
}
