//! What is asked of Redis, and what it answers.

use redis::{
    Arg, Cmd, Value,
    cluster_routing::{Route, SlotAddr},
};

use super::Script;

/// What is asked of Redis: one command about one key, or one script.
#[derive(Clone)]
pub struct Request {
    command: Cmd,
    text: Option<&'static str>,
    route: Route,
    is_awaited: bool,
}

impl Request {
    /// A command about this key; its arguments follow.
    pub fn command(name: &'static str, key: &str) -> Self {
        let mut command = redis::cmd(name);
        command.arg(key);
        Self { command, text: None, route: Route::with_key(key, SlotAddr::Master), is_awaited: false }
    }

    /// A command about no key, for the server that has this slot.
    pub fn of_slot(name: &'static str, slot: u16) -> Self {
        Self { command: redis::cmd(name), text: None, route: Route::new(slot, SlotAddr::Master), is_awaited: false }
    }

    /// A script about these keys, in one slot if it is for a Cluster; its arguments follow.
    pub fn script<const N: usize>(script: &Script, keys: [&str; N]) -> Self {
        let mut command = redis::cmd("EVALSHA");
        command.arg(script.sha1()).arg(N);
        for key in keys {
            command.arg(key);
        }
        let route = Route::with_key(keys.first().copied().unwrap_or_default(), SlotAddr::Master);
        Self { command, text: Some(script.text()), route, is_awaited: false }
    }

    /// Another argument.
    pub fn arg(mut self, argument: impl redis::ToRedisArgs) -> Self {
        self.command.arg(argument);
        self
    }

    /// It counts only when as many replicas as are wanted have it, too.
    pub const fn awaited(mut self) -> Self {
        self.is_awaited = true;
        self
    }

    pub(super) const fn is_awaited(&self) -> bool {
        self.is_awaited
    }

    pub(super) const fn route(&self) -> Route {
        self.route
    }

    pub(super) const fn as_command(&self) -> &Cmd {
        &self.command
    }

    /// Says the script whole, for a server that does not know it; `false` if it is none, or has been said whole.
    pub(super) fn spell_out(&mut self) -> bool {
        let Some(text) = self.text.take() else { return false };
        let mut command = redis::cmd("EVAL");
        command.arg(text);
        for argument in self.command.args_iter().skip(2) {
            if let Arg::Simple(bytes) = argument {
                command.arg(bytes);
            }
        }
        self.command = command;
        true
    }
}

/// What Redis answered.
#[derive(Debug)]
pub struct Reply {
    /// The answer.
    pub value: Value,
    /// Whether the request was sent twice, and nobody knows what became of it the first time.
    pub is_repeated: bool,
}
