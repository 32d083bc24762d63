//! One memcached server.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    ops::Deref,
    sync::OnceLock,
    time::Duration,
};

use rustix::process::{Signal, getuid};

use super::{Daemon, daemon::Launch, free_port, home::Home};

/// A memcached server. It can be stopped, killed and started again (empty), see [`Daemon`].
#[derive(Debug)]
pub struct Memcached {
    daemon: Daemon,
    address: SocketAddr,
    _home: Home,
}

/// How a memcached server is started.
#[derive(Clone, Debug, Default)]
pub struct MemcachedOptions {
    arguments: Vec<String>,
}

impl MemcachedOptions {
    /// How much it holds, in megabytes, before it evicts the least recently used items. 64 by default. An item may take
    /// a megabyte, and at most half of the total.
    #[must_use]
    pub fn megabytes(self, count: u32) -> Self {
        let options = if count < 2 { self.argument("-I").argument("512k") } else { self };
        options.argument("-m").argument(&count.to_string())
    }

    /// An additional argument.
    #[must_use]
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Starts the server, and waits until it responds.
    #[must_use]
    pub fn start(self) -> Memcached {
        Memcached::with(self)
    }
}

impl Memcached {
    /// Starts a server with the defaults.
    #[must_use]
    pub fn start() -> Self {
        Self::options().start()
    }

    /// The options of a server.
    #[must_use]
    pub fn options() -> MemcachedOptions {
        MemcachedOptions::default()
    }

    /// The server that all tests of this process share.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Memcached> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    fn with(options: MemcachedOptions) -> Self {
        let (home, port) = (Home::new("memcached"), free_port());
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let own = ["-l", "127.0.0.1", "-U", "0", "-p", &port.to_string()].map(str::to_owned);
        // It does not run as root unless asked to.
        let user = getuid().is_root().then(|| ["-u", "root"].map(str::to_owned));
        let launch = Launch {
            program: "memcached".to_owned(),
            arguments: own.into_iter().chain(user.into_iter().flatten()).chain(options.arguments).collect(),
            user: None,
            folder: home.path().to_owned(),
            stop: Signal::TERM,
            abandon: Signal::KILL,
        };
        let daemon = Daemon::start(launch, move || ask(address, "version").map(drop));
        Self { daemon, address, _home: home }
    }

    /// The address that it listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        Self::url_of([self])
    }

    /// The URL of several servers together.
    #[must_use]
    pub fn url_of<'a>(servers: impl IntoIterator<Item = &'a Self>) -> String {
        let addresses: Vec<String> = servers.into_iter().map(|server| server.address.to_string()).collect();
        format!("memcached://{}", addresses.join(","))
    }

    /// Sends a command of the text protocol (with the data block of a `set` after `\r\n`), and returns the lines of the
    /// reply up to the one that ends it.
    pub fn command(&self, command: &str) -> String {
        self.try_command(command).unwrap_or_else(|failure| panic!("{command}: {failure}"))
    }

    /// Sends a command to a server that may not be running.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no reply.
    pub fn try_command(&self, command: &str) -> Result<String, String> {
        ask(self.address, command)
    }

    /// Removes all items.
    pub fn flush(&self) {
        assert_eq!(self.command("flush_all"), "OK");
    }

    /// One of its statistics: `cmd_get`, `evictions`, `curr_items`.
    #[must_use]
    pub fn statistic(&self, name: &str) -> u64 {
        let all = self.command("stats");
        let value = all.lines().find_map(|line| line.strip_prefix(&format!("STAT {name} "))?.parse().ok());
        value.unwrap_or_else(|| panic!("no {name} in {all}"))
    }
}

impl Deref for Memcached {
    type Target = Daemon;

    fn deref(&self) -> &Daemon {
        &self.daemon
    }
}

/// Sends a command on a separate connection, which the server closes after the reply.
fn ask(address: SocketAddr, command: &str) -> Result<String, String> {
    let ask = || {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(format!("{command}\r\nquit\r\n").as_bytes())?;
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply)?;
        std::io::Result::Ok(reply)
    };
    let reply = ask().map_err(|error| error.to_string())?;
    let lines: Vec<&str> = std::str::from_utf8(&reply).map_err(|error| error.to_string())?.lines().collect();
    if lines.is_empty() { Err("the reply is empty".to_owned()) } else { Ok(lines.join("\n")) }
}
