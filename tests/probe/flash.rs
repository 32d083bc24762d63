//! Flash messages, and pages that could show them.

use salon::{
    Result,
    http::{Redirect, StatusCode, abort, extract::Query, redirect},
    routing::Router,
    session::Session,
};

use crate::gate::Gate;

pub(crate) fn routes(route: &mut Router) {
    route.get("/flash", flash);
    route.get("/flash-and-go", flash_and_go);
    route.get("/logout-and-go", logout_and_go);
    route.get("/flash/shown", shown);
    route.get("/flash/ignored", || async { "a page that shows no message" });
    route.get("/flash/moved", || async { redirect().to("/flash/shown") });
    route.get("/flash/failed", failed);
}

async fn flash(session: Session) -> Result<&'static str> {
    session.flash("message", "Saved.")?;
    Ok("flashed")
}

async fn flash_and_go() -> Redirect {
    redirect().to("/flash/shown").with("message", "Saved.")
}

async fn logout_and_go(session: Session) -> Result<Redirect> {
    session.logout()?;
    Ok(redirect().to("/flash/shown").with("message", "Goodbye."))
}

async fn shown(session: Session, Query(gate): Query<Gate>) -> Result<String> {
    let message = session.get_flash("message")?.unwrap_or_else(|| "none".to_owned());
    gate.wait().await?;
    Ok(message)
}

async fn failed(session: Session) -> Result<String> {
    session.get_flash::<String>("message")?;
    Err(abort(StatusCode::INTERNAL_SERVER_ERROR))
}
