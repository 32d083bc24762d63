//! Pages, redirects back to them, and a form that needs its session's token.

use cookie::Cookie;
use salon::{
    Result,
    http::{Html, IntoResponse, Redirect, Response, cookie::append_cookie, extract::Query, redirect},
    routing::Router,
    session::Session,
};
use serde::Deserialize;

/// With `StartSession` only.
pub(crate) fn pages(route: &mut Router) {
    route.get("/page", page);
    route.get("/back", || async { redirect().back().fallback("/fallback") });
    route.get("/public", public);
    route.get("/cookie", cookie);
    route.get("/moved", moved);
}

/// With `VerifyCsrfToken` too.
pub(crate) fn forms(route: &mut Router) {
    route.get("/form", |session: Session| async move { Ok::<_, salon::http::Error>(session.token()?) });
    route.post("/form", || async { "accepted" });
    route.get("/form/login", login);
}

async fn page(session: Session) -> Result<Html<&'static str>> {
    session.put("seen", true)?;
    Ok(Html("<h1>A page</h1>"))
}

/// A public response, as far as its handler knows.
async fn public(session: Session) -> Result<Response> {
    session.increment("public")?;
    let mut response = "a page for all".into_response();
    response.headers_mut().insert("cache-control", "public, max-age=60".parse()?);
    Ok(response)
}

#[derive(Deserialize)]
struct Size {
    bytes: usize,
}

/// A cookie of the app's own.
async fn cookie(session: Session, Query(Size { bytes }): Query<Size>) -> Result<Response> {
    session.increment("cookies")?;
    let mut response = "with a cookie".into_response();
    append_cookie(response.headers_mut(), &Cookie::new("own", "x".repeat(bytes)))?;
    Ok(response)
}

async fn moved(session: Session) -> Result<Redirect> {
    session.increment("moved")?;
    Ok(redirect().to("/page"))
}

async fn login(session: Session) -> Result<&'static str> {
    session.login("ada")?;
    Ok("logged in")
}
