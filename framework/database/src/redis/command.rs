//! Commands and scripts for Redis, and their replies.

use redis::{
    Arg, Cmd, Value,
    cluster_routing::{Route, SlotAddr},
};

/// A script that the server runs atomically, identified by its SHA-1.
#[derive(Debug)]
pub struct Script {
    pub(super) text: &'static str,
    pub(super) sha1: String,
}

impl Script {
    /// Creates a script from its text in Lua.
    pub fn new(text: &'static str) -> Self {
        Self { text, sha1: redis::Script::new(text).get_hash().to_owned() }
    }
}

/// A command to Redis, for one key, or a script.
#[derive(Clone)]
pub struct RedisCommand {
    pub(super) command: Cmd,
    /// The text of the script, unless it has been sent already.
    script: Option<&'static str>,
    pub(super) route: Route,
    pub(super) is_replicated: bool,
}

impl RedisCommand {
    /// Creates a command for this key; its arguments follow.
    pub fn new(name: &'static str, key: &str) -> Self {
        Self::routed(name, Route::with_key(key, SlotAddr::Master)).arg(key)
    }

    /// Creates a command without a key, for the server of this slot; its arguments follow.
    pub fn for_slot(name: &'static str, slot: u16) -> Self {
        Self::routed(name, Route::new(slot, SlotAddr::Master))
    }

    /// Creates a command that runs a script on these keys, which must be in one slot on a Cluster; its arguments follow.
    pub fn script<const N: usize>(script: &Script, keys: [&str; N]) -> Self {
        let route = Route::with_key(keys.first().copied().unwrap_or_default(), SlotAddr::Master);
        let command = Self { script: Some(script.text), ..Self::routed("EVALSHA", route) };
        command.arg(&script.sha1).arg(N).arg(&keys)
    }

    fn routed(name: &'static str, route: Route) -> Self {
        Self { command: redis::cmd(name), script: None, route, is_replicated: false }
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
