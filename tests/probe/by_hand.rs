//! A session that the app builds, starts and saves itself, on a driver other than the configured one.

use salon::{
    Result, facades,
    http::{Json, Next, Request, Response},
    routing::Router,
    session::Session,
};
use serde_json::{Value, json};

/// Attaches the session whose id is in a header. The response's header carries its id.
pub(crate) async fn attach(mut request: Request, next: Next) -> Result<Response> {
    let driver = facades::Session::driver(Some("memory")).await?;
    let session = facades::Session::build_session(driver, request.header("x-session"))?;
    session.start().await?;
    request.set_session(session.clone());
    let mut response = next.run(request).await;
    session.save().await?;
    response.headers_mut().insert("x-session", session.id()?.expose().parse()?);
    Ok(response)
}

pub(crate) fn routes(route: &mut Router) {
    route.get("/by-hand", count);
    route.get("/client", client);
}

/// Answers with what the app takes for the visitor's address and for its own host.
async fn client(request: Request) -> Json<Value> {
    Json(json!({ "ip": request.ip(), "host": request.host() }))
}

async fn count(session: Session, request: Request) -> Result<Json<Value>> {
    let visits = session.increment("visits")?;
    Ok(Json(json!({ "visits": visits, "driver": session.driver_name(), "has_session": request.has_session() })))
}
