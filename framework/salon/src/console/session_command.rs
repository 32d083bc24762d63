//! Commands about sessions, which operators run against a driver.

use std::fmt::Write as _;

use clap::{Args, Subcommand};

use super::{
    ConsoleError,
    session_migrate::{MigrateArguments, migrate},
};
use crate::{
    session::{self, SessionDriver, SessionManager},
    support::{Clock, Timestamp},
};

#[derive(Clone, Subcommand)]
pub(super) enum SessionCommand {
    #[command(name = "session:gc", about = "Remove expired sessions")]
    Gc(DriverArgument),
    #[command(name = "session:count", about = "Count the stored sessions")]
    Count(DriverArgument),
    #[command(name = "session:list", about = "Show where a user is logged in")]
    List {
        #[arg(long, help = "The user, as passed to `session.login`")]
        user: String,
        #[command(flatten)]
        on: DriverArgument,
    },
    #[command(name = "session:end", about = "End the sessions of a user")]
    End {
        #[arg(long, help = "The user, as passed to `session.login`")]
        user: String,
        #[command(flatten)]
        on: DriverArgument,
    },
    #[command(name = "session:migrate", about = "Copy the sessions from one driver to another")]
    Migrate(MigrateArguments),
}

#[derive(Args, Clone)]
pub(super) struct DriverArgument {
    #[arg(long, help = "The driver; the configured one if omitted")]
    driver: Option<String>,
}

impl DriverArgument {
    async fn open(&self, sessions: &SessionManager) -> session::Result<SessionDriver> {
        sessions.driver(self.driver.as_deref()).await
    }
}

impl SessionCommand {
    /// Runs the command. Returns the text to print.
    pub(super) async fn run(self, sessions: &SessionManager) -> Result<String, ConsoleError> {
        Ok(match self {
            Self::Gc(on) => match on.open(sessions).await?.gc().await? {
                1 => "1 expired session was removed.".to_owned(),
                removed => format!("{removed} expired sessions were removed."),
            },
            Self::Count(on) => match on.open(sessions).await?.count().await? {
                1 => "1 session is stored.".to_owned(),
                kept => format!("{kept} sessions are stored."),
            },
            Self::List { user, on } => list(&on.open(sessions).await?, &user).await?,
            Self::End { user, on } => {
                let driver = on.open(sessions).await?;
                match driver.end_user_sessions(&user, None).await? {
                    // The number of sessions in cookies is unknown.
                    0 if !driver.is_on_server() => format!("All sessions of {user} were ended."),
                    1 => format!("1 session of {user} was ended."),
                    ended => format!("{ended} sessions of {user} were ended."),
                }
            }
            Self::Migrate(arguments) => migrate(sessions, &arguments).await?,
        })
    }
}

/// Lists a user's sessions, one per line, the most recently used first.
async fn list(driver: &SessionDriver, user: &str) -> session::Result<String> {
    let mut sessions = driver.user_sessions(user).await?;
    sessions.sort_unstable_by_key(|session| std::cmp::Reverse(session.active_at));
    let mut text = match sessions.len() {
        0 => return Ok(format!("{user} is not logged in.")),
        1 => format!("{user} is logged in once:"),
        several => format!("{user} is logged in {several} times:"),
    };
    let now = Clock::system().now();
    for session in sessions {
        let (digest, began, active) =
            (session.digest.short(), ago(now, session.created_at), ago(now, session.active_at));
        let address = session.address.as_deref().unwrap_or("-");
        // The user agent is arbitrary text from the browser.
        let agent: String = session.agent.as_deref().unwrap_or("-").chars().filter(|char| !char.is_control()).collect();
        let _ = write!(text, "\n  {digest}  began {began}, last request {active}, from {address} with {agent}");
    }
    Ok(text)
}

/// Formats how long ago a moment was.
fn ago(now: Timestamp, then: Timestamp) -> String {
    match now.since(then).as_secs() {
        seconds @ 0..120 => format!("{seconds} s ago"),
        seconds @ 120..7_200 => format!("{} min ago", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h ago", seconds / 3_600),
        seconds => format!("{} days ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_moment_is_shown_in_the_unit_that_fits() {
        let start = Timestamp::from_seconds(1_000_000_000);
        let shown =
            [0, 119, 120, 7_199, 7_200, 172_799, 172_800].map(|passed| ago(start + Duration::from_secs(passed), start));
        assert_eq!(shown, ["0 s ago", "119 s ago", "2 min ago", "119 min ago", "2 h ago", "47 h ago", "2 days ago"]);
    }
}
