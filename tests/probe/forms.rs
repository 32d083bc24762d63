//! Pages, the way back to them, and a form that needs its session's token.

use salon::{
    Result,
    http::{Html, IntoResponse, Redirect, Response, redirect},
    routing::Router,
    session::Session,
};

/// Under `StartSession` alone.
pub(crate) fn pages(route: &mut Router) {
    route.get("/page", page);
    route.get("/back", || async { redirect().back().fallback("/fallback") });
    route.get("/public", public);
    route.get("/moved", moved);
}

/// Under `VerifyCsrfToken` too.
pub(crate) fn forms(route: &mut Router) {
    route.get("/form", |session: Session| async move { Ok::<_, salon::http::Error>(session.token()?) });
    route.post("/form", || async { "accepted" });
    route.get("/form/login", login);
}

async fn page(session: Session) -> Result<Html<&'static str>> {
    session.put("seen", true)?;
    Ok(Html("<h1>A page</h1>"))
}

/// A public answer, as far as its handler knows.
async fn public(session: Session) -> Result<Response> {
    session.increment("public")?;
    let mut response = "a page for all".into_response();
    response.headers_mut().insert("cache-control", "public, max-age=60".parse()?);
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
