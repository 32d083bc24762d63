//! What a Redis server is asked.

use super::Redis;
use crate::{Process, Signal};

/// Listens to all commands that a Redis server gets, until [`end`](Self::end).
#[derive(Debug)]
pub struct Monitor<'a> {
    redis: &'a Redis,
    process: Process,
}

/// Commands as `redis-cli` shows them: each word in quotes, all that is not text escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commands {
    /// What clients have sent.
    pub sent: Vec<String>,
    /// What scripts of theirs have called.
    pub scripted: Vec<String>,
}

/// The last command of every listening, so that nothing before it is missed.
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
    /// What was asked so far. It fails if there is a visitor's secret in it: a store knows none.
    pub async fn end(self) -> Commands {
        self.redis.command(&["ECHO", END]);
        self.process.line(END).await;
        self.process.signal(Signal::TERM);
        let output = self.process.end().await.stdout;
        let mut commands = Commands::default();
        for line in output.lines().take_while(|line| !line.contains(END)) {
            // The time, and in brackets the database and who has asked.
            let Some((asker, command)) = line.split_once("] ") else { continue };
            let list = if asker.ends_with(" lua") { &mut commands.scripted } else { &mut commands.sent };
            list.push(command.to_owned());
        }
        commands
    }
}
