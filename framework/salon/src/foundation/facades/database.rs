//! The facade for databases.

use super::resolve;
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
    /// The pool of the connection of this name in `config/database.toml`, or of the default one. It is opened when first asked
    /// for, and shared with the sessions, if they are kept on that connection.
    ///
    /// # Errors
    /// There is no such connection, it leads to no SQL database, or the database cannot be reached: the error says what to do.
    pub async fn pool(name: Option<&str>) -> Result<Pool> {
        Ok(resolve::<DatabaseManager>()?.pool(name).await?)
    }
}
