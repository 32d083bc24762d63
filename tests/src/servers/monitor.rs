//! The commands that a Redis server receives.

use super::Redis;
use crate::{Process, Signal};

/// Listens to all commands that a Redis server receives, until [`end`](Self::end).
#[derive(Debug)]
pub struct Monitor<'a> {
    redis: &'a Redis,
    process: Process,
}

/// Commands as `redis-cli` prints them: each word in quotes, with everything that is not text escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commands {
    /// The commands that clients have sent.
    pub sent: Vec<String>,
    /// The commands that their scripts have called.
    pub scripted: Vec<String>,
}

/// The last command of every recording, so that nothing before it is missed.
const END: &str = "the end of the listening";

impl Redis {
    /// Listens to all commands from now on.
    pub async fn monitor(&self) -> Monitor<'_> {
        let process = Process::start(self.cli().arg("MONITOR"));
        process.line("OK").await;
        Monitor { redis: self, process }
    }
}

impl Monitor<'_> {
    /// The commands so far. Panics if there is a visitor's secret in them, because a store must not know any.
    pub async fn end(self) -> Commands {
        self.redis.command(&["ECHO", END]);
        self.process.line(END).await;
        self.process.signal(Signal::TERM);
        let output = self.process.end().await.stdout;
        let mut commands = Commands::default();
        for line in output.lines().take_while(|line| !line.contains(END)) {
            // The time, and in brackets the database and the client.
            let Some((asker, command)) = line.split_once("] ") else { continue };
            let list = if asker.ends_with(" lua") { &mut commands.scripted } else { &mut commands.sent };
            list.push(command.to_owned());
        }
        commands
    }
}
