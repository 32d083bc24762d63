//! What handlers do with sessions, fast and slow, right and wrong.

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
    route.get("/read", read);
    route.get("/push", push);
    route.get("/forget", forget);
    route.get("/update", update);
    route.get("/pair", pair);
    route.post("/pair", pair);
    route.get("/count", count);
    route.post("/received", received);
    route.get("/login", login);
    route.get("/user", |session: Session| async move { Json(session.user().map(|user| user.to_string())) });
    route.get("/logout", logout);
    route.get("/regenerate", regenerate);
    route.get("/fail", fail);
    route.get("/logout-and-fail", logout_and_fail);
    route.get("/panic", panic);
    route.get("/four-ways", four_ways);
    route.get("/grow", grow);
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

async fn read(session: Session, Query(put): Query<Put>) -> Result<Json<Value>> {
    Ok(Json(session.get_or(&put.key, Value::Null)?))
}

async fn push(session: Session, Query(pair): Query<Pair>, Query(gate): Query<Gate>) -> Result<&'static str> {
    session.push("count", pair.value)?;
    gate.wait().await?;
    Ok("pushed")
}

async fn forget(session: Session, Query(put): Query<Put>) -> Result<&'static str> {
    session.forget(put.key.as_str())?;
    Ok("forgotten")
}

/// A write under one key for all requests, based on the current value.
async fn update(session: Session, Query(pair): Query<Pair>, Query(gate): Query<Gate>) -> Result<&'static str> {
    session.update("all", move |all: &mut Vec<u64>| all.push(pair.value))?;
    gate.wait().await?;
    Ok("updated")
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

/// Counts, and returns what was sent.
async fn received(session: Session, body: String) -> Result<String> {
    Ok(format!("{}: {body}", session.increment("received")?))
}

async fn login(session: Session, Query(gate): Query<Gate>) -> Result<&'static str> {
    session.login("ada")?;
    session.put("name", "Ada")?;
    gate.wait().await?;
    Ok("logged in")
}

async fn logout(session: Session, Query(gate): Query<Gate>) -> Result<&'static str> {
    session.logout()?;
    gate.wait().await?;
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

#[derive(Deserialize)]
struct Grow {
    bytes: Option<usize>,
    keys: Option<u64>,
    levels: Option<usize>,
}

/// Makes the session large: in bytes, in keys, in nesting of one value.
async fn grow(session: Session, Query(grow): Query<Grow>) -> Result<&'static str> {
    if let Some(bytes) = grow.bytes {
        session.put("large", "x".repeat(bytes))?;
    }
    session.put_many((0..grow.keys.unwrap_or_default()).map(|number| (format!("key{number}"), number)))?;
    if let Some(levels) = grow.levels {
        session.put("deep", (0..levels).fold(Value::from(1), |inner, _| Value::from(vec![inner])))?;
    }
    Ok("grown")
}

/// Writes in each of the four ways, and returns what the first sees of the others.
async fn four_ways(session: Session, request: Request) -> Result<Json<Map<String, Value>>> {
    session.put("extractor", 1)?;
    request.session()?.put("request", 2)?;
    salon::session()?.put("helper", 3)?;
    salon::session! { "macro" => 4 }?;
    Ok(Json(session.all()))
}
