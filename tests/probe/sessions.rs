//! What handlers do with sessions, fast and slow, well and badly.

use salon::{
    Result,
    http::{Json, Request, StatusCode, abort, extract::Query},
    routing::Router,
    session::Session,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::gate::Gate;

pub(crate) fn routes(route: &mut Router) {
    route.get("/nothing", || async { "nothing" });
    route.get("/look", |session: Session| async move { Json(session.has("name")) });
    route.get("/all", all);
    route.get("/put", put);
    route.post("/put", put);
    route.get("/pair", pair);
    route.post("/pair", pair);
    route.get("/count", count);
    route.get("/login", login);
    route.get("/user", |session: Session| async move { Json(session.user().map(|user| user.to_string())) });
    route.get("/logout", logout);
    route.get("/regenerate", regenerate);
    route.get("/fail", fail);
    route.get("/logout-and-fail", logout_and_fail);
    route.get("/panic", panic);
    route.get("/four-ways", four_ways);
}

#[derive(Deserialize)]
struct Put {
    key: String,
    gate: Option<String>,
}

async fn all(session: Session) -> Json<Map<String, Value>> {
    Json(session.all())
}

async fn put(session: Session, Query(put): Query<Put>, Query(gate): Query<Gate>) -> Result<&'static str> {
    session.put(&put.key, put.gate.is_some())?;
    gate.wait().await?;
    Ok("put")
}

#[derive(Deserialize)]
struct Pair {
    value: u64,
}

/// Writes two values that belong together.
async fn pair(session: Session, Query(pair): Query<Pair>, Query(gate): Query<Gate>) -> Result<&'static str> {
    session.put("left", pair.value)?;
    gate.wait().await?;
    session.put("right", pair.value)?;
    Ok("paired")
}

async fn count(session: Session, Query(gate): Query<Gate>) -> Result<String> {
    let count = session.increment("count")?;
    gate.wait().await?;
    Ok(count.to_string())
}

async fn login(session: Session) -> Result<&'static str> {
    session.login("ada")?;
    session.put("name", "Ada")?;
    Ok("logged in")
}

async fn logout(session: Session) -> Result<&'static str> {
    session.logout()?;
    Ok("logged out")
}

async fn regenerate(session: Session, Query(gate): Query<Gate>) -> Result<&'static str> {
    session.regenerate()?;
    gate.wait().await?;
    Ok("renewed")
}

async fn fail(session: Session) -> Result<&'static str> {
    session.increment("count")?;
    Err(abort(StatusCode::INTERNAL_SERVER_ERROR))
}

async fn logout_and_fail(session: Session) -> Result<&'static str> {
    session.logout()?;
    Err(abort(StatusCode::INTERNAL_SERVER_ERROR))
}

async fn panic(session: Session) -> Result<&'static str> {
    session.increment("count")?;
    panic!("a handler gave up");
}

/// Writes by each way, and answers what the first sees of the others.
async fn four_ways(session: Session, request: Request) -> Result<Json<Map<String, Value>>> {
    session.put("extractor", 1)?;
    request.session()?.put("request", 2)?;
    salon::session()?.put("helper", 3)?;
    salon::session! { "macro" => 4 }?;
    Ok(Json(session.all()))
}
