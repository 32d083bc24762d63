//! The welcome page.

use std::time::Duration;

use salon::{prelude::*, support::Clock};

/// Counts the visit and shows the state of the session.
pub async fn index(session: Session, Inject(clock): Inject<Clock>) -> Result<View> {
    let visits = session.increment("visits")?;
    let now = clock.now();
    let age = session.created_at().map_or(Duration::ZERO, |created_at| now.since(created_at));
    let left = session.expires_at().since(now);
    Ok(view("home.html")
        .with("visits", visits)
        .with("driver", session.driver_name())
        .with("age", in_words(age))
        .with("expires", format!("in {}", in_words(left)))
        .with("digest", session.id()?.digest().short())
        .with("started", session.is_started()))
}

/// Ends the session and begins a new one.
pub async fn forget(session: Session) -> Result<Redirect> {
    session.invalidate()?;
    Ok(redirect()
        .route("home")
        .with("success", "You have been forgotten: this is a new session, and it contains only this message."))
}

/// Formats a duration in words, rounded.
fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let minutes = (seconds + 30) / 60;
    let (count, unit) = match minutes {
        _ if seconds < 60 => (seconds, "second"),
        ..120 => (minutes, "minute"),
        120..2880 => (minutes / 60, "hour"),
        _ => (minutes / 1440, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}
