//! The facade for databases.

use super::current::resolve;
use crate::{
    database::{DatabaseManager, Pool},
    http::Result,
};

/// The application's databases: `facades::Database::pool(None)` is the pool of the default connection.
///
/// ```
/// use salon::{Result, facades};
///
/// async fn users() -> Result<String> {
///     let pool = facades::Database::pool(None).await?;
///     let users: i64 = salon::database::sqlx::query_scalar("SELECT COUNT(*) FROM users").fetch_one(pool.sqlite()?).await?;
///     Ok(format!("{users} users"))
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Database;

impl Database {
    /// Returns the pool of the connection with this name in `config/database.toml`, or of the default one. It is opened
    /// on first use, and shared with the sessions if they use the same connection.
    ///
    /// # Errors
    /// Returns an error if there is no such connection, it does not lead to an SQL database, or the database cannot be
    /// reached. The error says what to do.
    pub async fn pool(name: Option<&str>) -> Result<Pool> {
        Ok(resolve::<DatabaseManager>()?.pool(name).await?)
    }
}
