//! Requests to Redis, and their replies.

use redis::{
    Arg, Cmd, Value,
    cluster_routing::{Route, SlotAddr},
};

use super::Script;

/// A request to Redis: one command for one key, or one script.
#[derive(Clone)]
pub struct Request {
    command: Cmd,
    text: Option<&'static str>,
    route: Route,
    is_awaited: bool,
}

impl Request {
    /// Creates a command for this key; its arguments follow.
    pub fn command(name: &'static str, key: &str) -> Self {
        let mut command = redis::cmd(name);
        command.arg(key);
        Self { command, text: None, route: Route::with_key(key, SlotAddr::Master), is_awaited: false }
    }

    /// Creates a command without a key, for the server of this slot.
    pub fn of_slot(name: &'static str, slot: u16) -> Self {
        Self { command: redis::cmd(name), text: None, route: Route::new(slot, SlotAddr::Master), is_awaited: false }
    }

    /// Creates a script for these keys, which must be in one slot on a Cluster; its arguments follow.
    pub fn script<const N: usize>(script: &Script, keys: [&str; N]) -> Self {
        let mut command = redis::cmd("EVALSHA");
        command.arg(script.sha1()).arg(N);
        for key in keys {
            command.arg(key);
        }
        let route = Route::with_key(keys.first().copied().unwrap_or_default(), SlotAddr::Master);
        Self { command, text: Some(script.text()), route, is_awaited: false }
    }

    /// Appends an argument.
    pub fn arg(mut self, argument: impl redis::ToRedisArgs) -> Self {
        self.command.arg(argument);
        self
    }

    /// Makes it succeed only when the required number of replicas have it too.
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

    /// Sends the full text of the script, for a server that does not know it. Returns `false` if this is not a script,
    /// or the full text has been sent already.
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

/// A reply of Redis.
#[derive(Debug)]
pub struct Reply {
    /// The value.
    pub value: Value,
    /// True if the request was sent twice, and the outcome of the first attempt is unknown.
    pub is_repeated: bool,
}
