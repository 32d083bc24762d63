//! Opens the driver.

use salon_database::{
    Dialect,
    sql::{Sql, is_missing_table, is_schema_mismatch, without_source},
};

use crate::{
    contract::{Digest, StoreResult, WriteIds},
    stores::{
        context::DriverContext,
        database::{
            calls::{Access, Calls, Failure},
            error::TableError,
            queries::Queries,
            row::key,
            statements::Statements,
            store::DatabaseStore,
        },
    },
};

/// What a statement contains besides the session's own bytes: the envelope, the user and the login, and the SQL.
const STATEMENT_OVERHEAD: u64 = 64 << 10;
/// The most bytes of a `MEDIUMBLOB`.
const MAX_MEDIUMBLOB: u64 = (1 << 24) - 1;

impl DatabaseStore {
    /// Opens the pool, unless it is open already, and checks that the table exists.
    ///
    /// # Errors
    /// Returns an error that says what to do if the database cannot be reached or has no such table.
    pub(crate) async fn open(context: &DriverContext) -> StoreResult<Self> {
        let config = &context.config;
        let name = config.named_connection();
        let pool = context.databases.pool(name).await?;
        let sql = Statements::new(pool.dialect(), &config.table);
        let queries = Queries { calls: Calls::new(pool, config.durable), sql, write_ids: WriteIds::new() };
        let store = Self(queries);
        store.check_table(&config.table, name).await?;
        if store.0.calls.pool().dialect() == Dialect::MySql {
            store.check_max_bytes(config.max_bytes).await?;
        }
        Ok(store)
    }

    async fn check_table(&self, table: &str, named: Option<&str>) -> StoreResult<()> {
        let (table, connection) = (table.to_owned(), self.0.calls.pool().name().to_owned());
        let option = named.map(|name| format!(" --connection {name}")).unwrap_or_default();
        let probe = self.0.calls.rows(Access::Read, &self.0.sql.load, vec![key(&Digest::from_bytes([0; 32]))]).await;
        Err(match probe {
            Ok(_) => return Ok(()),
            Err(Failure::Statement(error)) if is_missing_table(&error) => {
                TableError::Missing { table, connection, option }.into()
            }
            Err(Failure::Statement(error))
                if is_schema_mismatch(&error) || matches!(error, sqlx::Error::ColumnDecode { .. }) =>
            {
                TableError::Other { table, connection, source: without_source(error) }.into()
            }
            Err(Failure::Statement(error) | Failure::Connecting(error)) => self.0.calls.pool().explain(error).into(),
            Err(Failure::Busy(error) | Failure::Silence(error)) => error.into(),
        })
    }

    /// Checks that the server accepts the largest record: it would close the connection on a larger one.
    async fn check_max_bytes(&self, most: usize) -> StoreResult<()> {
        let query = Sql::new("SELECT CAST(@@max_allowed_packet AS SIGNED)");
        let limit = self.0.attempts_to_read().make(|| self.0.calls.number(&query, Vec::new())).await?;
        let limit = u64::try_from(limit).unwrap_or_default().min(MAX_MEDIUMBLOB);
        if most as u64 + STATEMENT_OVERHEAD > limit {
            let connection = self.0.calls.pool().name().to_owned();
            return Err(TableError::TooSmall { connection, limit, most }.into());
        }
        Ok(())
    }
}
