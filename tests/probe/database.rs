//! Handlers that use the same connections as the sessions.

use salon::{
    Result,
    database::sqlx::{self, pool::PoolConnection},
    facades,
    http::extract::Query,
    routing::Router,
    session::Session,
};
use serde::Deserialize;

use crate::gate::Gate;

pub(crate) fn routes(route: &mut Router) {
    route.get("/hold", hold);
    route.get("/hold-and-save", hold_and_save);
    route.get("/checkpoint", checkpoint);
}

#[derive(Deserialize)]
struct Connections {
    connections: Option<usize>,
}

async fn connection() -> Result<PoolConnection<sqlx::Sqlite>> {
    Ok(facades::Database::pool(None).await?.sqlite()?.acquire().await?)
}

/// Holds connections of the pool while it waits, and counts.
async fn hold(session: Session, Query(gate): Query<Gate>, Query(connections): Query<Connections>) -> Result<String> {
    let mut held = Vec::new();
    for _ in 0..connections.connections.unwrap_or(1) {
        held.push(connection().await?);
    }
    gate.wait().await?;
    Ok(session.increment("count")?.to_string())
}

/// Saves the session while it holds a connection of the pool.
async fn hold_and_save(session: Session) -> Result<String> {
    session.increment("count")?;
    let _held = connection().await?;
    match session.save().await {
        Ok(()) => Ok("saved".to_owned()),
        Err(error) => Ok(salon::support::sentence(&error)),
    }
}

/// Makes SQLite write its log back into the database.
async fn checkpoint() -> Result<&'static str> {
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut *connection().await?).await?;
    Ok("written back")
}
