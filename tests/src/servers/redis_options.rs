//! How a Redis server is started.

use super::Redis;

/// The options of a Redis server. [`Redis::start`] sets none of them.
#[derive(Clone, Debug, Default)]
pub struct RedisOptions {
    pub(crate) socket: bool,
    pub(crate) tls: bool,
    pub(crate) keeps_data: bool,
    /// It watches other servers instead of holding data.
    pub(crate) is_sentinel: bool,
    pub(crate) password: Option<String>,
    pub(crate) settings: Vec<String>,
}

impl RedisOptions {
    /// It listens on a Unix socket, and on no port.
    #[must_use]
    pub const fn socket(mut self) -> Self {
        self.socket = true;
        self
    }

    /// It accepts TLS only, with a certificate of its own authority.
    #[must_use]
    pub const fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// It writes every change to its folder at once, so acknowledged writes survive a restart and `kill -9`. Without
    /// this, a restarted server is empty.
    #[must_use]
    pub const fn keeps_data(mut self) -> Self {
        self.keeps_data = true;
        self
    }

    /// Clients without this password are refused.
    #[must_use]
    pub fn password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self
    }

    /// A line of `redis.conf`: `"maxmemory 10mb"`.
    #[must_use]
    pub fn setting(mut self, line: &str) -> Self {
        self.settings.push(line.to_owned());
        self
    }

    /// Starts the server, and waits until it responds.
    #[must_use]
    pub fn start(&self) -> Redis {
        Redis::with(self)
    }
}
