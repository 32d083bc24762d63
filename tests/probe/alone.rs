//! Routes that block for the session, and one that only reads it.

use salon::{
    Result,
    http::extract::Query,
    routing::Router,
    session::{Session, concurrency, read_only},
    view::view,
};

use crate::gate::Gate;

pub(crate) fn routes(route: &mut Router) {
    route.get("/alone", alone).session(concurrency::block());
    route.post("/alone", alone).session(concurrency::block());
    route.get("/alone/careless", careless).session(concurrency::block());
    route.get("/alone/closed", closed).session(concurrency::block());
    route.get("/alone/panic", panic).session(concurrency::block());
    route.get("/read-only", only_read).session(read_only());
    route.get("/read-only/form", || async { view("form.html") }).session(read_only());
}

async fn alone(session: Session, Query(gate): Query<Gate>) -> Result<String> {
    let count = session.increment("count")?;
    gate.wait().await?;
    Ok(count.to_string())
}

/// Counts in a way that is wrong where requests run concurrently: the new value is made from one that was read a while
/// ago.
async fn careless(session: Session) -> Result<String> {
    let count: u64 = session.get_or("careless", 0)?;
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    session.put("careless", count + 1)?;
    Ok((count + 1).to_string())
}

/// Closes the session before its long work.
async fn closed(session: Session, Query(gate): Query<Gate>) -> Result<String> {
    let count = session.increment("count")?;
    session.close().await?;
    gate.wait().await?;
    Ok(count.to_string())
}

async fn panic(session: Session, Query(gate): Query<Gate>) -> Result<&'static str> {
    session.increment("count")?;
    gate.wait().await?;
    panic!("a handler gave up");
}

async fn only_read(session: Session) -> Result<String> {
    Ok(session.get_or("count", 0)?.to_string())
}
