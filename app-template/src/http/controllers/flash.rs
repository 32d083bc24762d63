//! Shows how flash messages and temporary values work.

use std::time::Duration;

use salon::prelude::*;

/// Shows the flash messages, and keeps those that the pressed button asked for until the next page.
pub async fn index(session: Session) -> Result<View> {
    match session.pull::<String>("flash_next")?.as_deref() {
        Some("keep") => session.keep("info")?,
        Some("reflash") => session.reflash()?,
        _ => {}
    }
    page(&session)
}

/// Flashes a message for the next page.
pub async fn set(session: Session) -> Result<Redirect> {
    session.flash("success", "Flashed by the previous request, shown here, and gone on the next page.")?;
    Ok(redirect().route("flash"))
}

/// Shows a message in this response only.
pub async fn now(session: Session) -> Result<View> {
    session.now("info", "Shown in this response only: nothing was stored.")?;
    page(&session)
}

/// Flashes two messages, one of which the next page keeps.
pub async fn keep(session: Session) -> Result<Redirect> {
    two_messages(&session, "keep")
}

/// Flashes two messages, both of which the next page keeps.
pub async fn reflash(session: Session) -> Result<Redirect> {
    two_messages(&session, "reflash")
}

/// Stores a value that expires after half a minute.
pub async fn temporary(session: Session) -> Result<Redirect> {
    session.temp("ticket", "Seat 12, row F", Duration::from_secs(30))?;
    Ok(redirect().route("flash"))
}

fn two_messages(session: &Session, next: &str) -> Result<Redirect> {
    session.put("flash_next", next)?;
    session.flash("info", "The first of two messages.")?;
    session.flash("warning", "The second of two messages.")?;
    Ok(redirect().route("flash"))
}

fn page(session: &Session) -> Result<View> {
    Ok(view("flash.html")
        .with("messages", session.all_flash())
        .with("temporary", session.get_temp::<String>("ticket")?)
        .with("temporary_left", session.temp_left("ticket").map(|left| left.as_secs())))
}
