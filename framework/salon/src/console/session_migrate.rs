//! `session:migrate`: copies the sessions from one driver to another.

use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::ConsoleError;
use crate::session::{Migrated, MigrationError, SessionManager};

#[derive(Args, Clone)]
pub(super) struct MigrateArguments {
    #[arg(long, help = "The driver to copy the sessions from")]
    from: String,
    #[arg(long, help = "The driver to copy the sessions to")]
    to: String,
}

/// How often progress is reported without a terminal for a progress bar.
const INTERVAL: Duration = Duration::from_secs(10);

/// Copies the sessions. Returns the text to print.
pub(super) async fn migrate(sessions: &SessionManager, arguments: &MigrateArguments) -> Result<String, ConsoleError> {
    let MigrateArguments { from, to } = arguments;
    if sessions.driver_name() == from {
        eprintln!(
            "note: changes that a running app makes in `{from}` from now on are not copied: stop it during the copy, or run it with driver = \"{to}\" and fallback = \"{from}\" before you copy"
        );
    }
    let (mut progress, mut so_far) = (Progress::new(), Migrated::default());
    let migrated = sessions.migrate(from, to, |migrated, total| {
        progress.report(migrated, total);
        so_far = *migrated;
    });
    let migrated = migrated.await;
    progress.bar.finish_and_clear();
    let migrated = migrated.map_err(|error| match error {
        MigrationError::Failed(source) if so_far.total() > 0 => {
            ConsoleError::Interrupted { so_far: summary(&so_far, from, to), source }
        }
        error => error.into(),
    })?;
    let next = if sessions.driver_name() != to {
        format!("Now set driver = \"{to}\" in config/session.toml, or SESSION_DRIVER={to}, and start the app.")
    } else if sessions.fallback_name() == from {
        "Now remove `fallback` from config/session.toml, or SESSION_FALLBACK from .env, and restart the app.".to_owned()
    } else {
        format!("`driver` is already \"{to}\".")
    };
    Ok(format!("{}, and `{from}` is unchanged.\n{next}", summary(&migrated, from, to)))
}

/// Summarizes the result, as the beginning of a sentence.
fn summary(migrated: &Migrated, from: &str, to: &str) -> String {
    let copied = match migrated.copied {
        1 => "1 session was copied".to_owned(),
        copied => format!("{copied} sessions were copied"),
    };
    let mut text = format!("{copied} from `{from}` to `{to}`");
    for (number, what) in
        [(migrated.present, "already there"), (migrated.expired, "expired"), (migrated.unreadable, "unreadable")]
    {
        if number > 0 {
            text += &format!(", {number} {} {what}", if number == 1 { "was" } else { "were" });
        }
    }
    text
}

/// A progress bar on a terminal, and an occasional line elsewhere.
struct Progress {
    bar: ProgressBar,
    reported_at: Instant,
}

impl Progress {
    fn new() -> Self {
        // It is hidden unless standard error is a terminal.
        Self { bar: ProgressBar::no_length(), reported_at: Instant::now() }
    }

    /// Moves the bar, or prints a line.
    fn report(&mut self, migrated: &Migrated, total: Option<u64>) {
        let passed = migrated.total();
        if let (None, Some(total)) = (self.bar.length(), total)
            && let Ok(style) = ProgressStyle::with_template("{wide_bar} {human_pos} of {human_len}, {eta} left")
        {
            self.bar.set_length(total);
            self.bar.set_style(style);
        }
        self.bar.set_length(self.bar.length().unwrap_or_default().max(passed));
        self.bar.set_position(passed);
        if self.bar.is_hidden() && self.reported_at.elapsed() >= INTERVAL {
            self.reported_at = Instant::now();
            match total {
                Some(total) => eprintln!("{passed} of {total} sessions so far"),
                None => eprintln!("{passed} sessions so far"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_says_what_happened_and_not_what_did_not() {
        let migrated = Migrated { copied: 1, ..Migrated::default() };
        assert_eq!(summary(&migrated, "file", "redis"), "1 session was copied from `file` to `redis`");
        let migrated = Migrated { copied: 12, present: 1, expired: 2, unreadable: 3 };
        assert_eq!(
            summary(&migrated, "file", "redis"),
            "12 sessions were copied from `file` to `redis`, 1 was already there, 2 were expired, 3 were unreadable"
        );
    }
}
