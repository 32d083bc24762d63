//! Commands to Redis, and their replies.

use redis::{
    Arg, Cmd, Value,
    cluster_routing::{Route, SlotAddr},
};

use super::script::Script;

/// A command to Redis, for one key, or a script.
#[derive(Clone)]
pub struct RedisCommand {
    command: Cmd,
    /// The text of the script, unless it has been sent already.
    script: Option<&'static str>,
    route: Route,
    is_replicated: bool,
}

impl RedisCommand {
    /// Creates a command for this key; its arguments follow.
    pub fn new(name: &'static str, key: &str) -> Self {
        let mut command = redis::cmd(name);
        command.arg(key);
        Self { command, script: None, route: Route::with_key(key, SlotAddr::Master), is_replicated: false }
    }

    /// Creates a command without a key, for the server of this slot.
    pub fn for_slot(name: &'static str, slot: u16) -> Self {
        Self {
            command: redis::cmd(name),
            script: None,
            route: Route::new(slot, SlotAddr::Master),
            is_replicated: false,
        }
    }

    /// Creates a command that runs a script on these keys, which must be in one slot on a Cluster; its arguments follow.
    pub fn script<const N: usize>(script: &Script, keys: [&str; N]) -> Self {
        let mut command = redis::cmd("EVALSHA");
        command.arg(script.sha1()).arg(N);
        for key in keys {
            command.arg(key);
        }
        let route = Route::with_key(keys.first().copied().unwrap_or_default(), SlotAddr::Master);
        Self { command, script: Some(script.text()), route, is_replicated: false }
    }

    /// Appends an argument.
    pub fn arg(mut self, argument: impl redis::ToRedisArgs) -> Self {
        self.command.arg(argument);
        self
    }

    /// Makes it succeed only when the required number of replicas have it too.
    pub const fn replicated(mut self) -> Self {
        self.is_replicated = true;
        self
    }

    pub(super) const fn is_replicated(&self) -> bool {
        self.is_replicated
    }

    pub(super) const fn route(&self) -> Route {
        self.route
    }

    pub(super) const fn as_command(&self) -> &Cmd {
        &self.command
    }

    /// Makes the command send the full text of the script, for a server that does not know it. Returns `false` if this is not a script,
    /// or the full text has been sent already.
    pub(super) fn send_script_text(&mut self) -> bool {
        let Some(text) = self.script.take() else { return false };
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
pub struct RedisReply {
    /// The value.
    pub value: Value,
    /// True if the command was sent twice, and the outcome of the first attempt is unknown.
    pub is_repeated: bool,
}
