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

/// A memcached server. It may be stopped, killed and started again (empty), see [`Daemon`].
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
    /// How much it holds, in megabytes, before it throws out what was not used for longest. 64 by default. An item may
    /// have a megabyte, and no more than half of all.
    #[must_use]
    pub fn megabytes(self, count: u32) -> Self {
        let options = if count < 2 { self.argument("-I").argument("512k") } else { self };
        options.argument("-m").argument(&count.to_string())
    }

    /// Another argument on its command line.
    #[must_use]
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Starts the server, and waits until it answers.
    #[must_use]
    pub fn start(self) -> Memcached {
        Memcached::with(self)
    }
}

impl Memcached {
    /// Starts one as it is by default.
    #[must_use]
    pub fn start() -> Self {
        Self::options().start()
    }

    /// What there is to choose.
    #[must_use]
    pub fn options() -> MemcachedOptions {
        MemcachedOptions::default()
    }

    /// The one for all tests of this process.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Memcached> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    fn with(options: MemcachedOptions) -> Self {
        let (home, port) = (Home::new("memcached"), free_port());
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let own = ["-l", "127.0.0.1", "-U", "0", "-p", &port.to_string()].map(str::to_owned);
        // It does not run as root unless it is told to.
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

    /// Where it listens.
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

    /// Sends a command of the text protocol (the block of data of a `set` after `\r\n`), and answers the reply's lines up to
    /// the one that ends it.
    pub fn command(&self, command: &str) -> String {
        self.try_command(command).unwrap_or_else(|failure| panic!("{command}: {failure}"))
    }

    /// Sends a command where nobody may be there.
    ///
    /// # Errors
    ///
    /// There is no reply.
    pub fn try_command(&self, command: &str) -> Result<String, String> {
        ask(self.address, command)
    }

    /// Throws everything out.
    pub fn flush(&self) {
        assert_eq!(self.command("flush_all"), "OK");
    }

    /// A number of its own statistics: `cmd_get`, `evictions`, `curr_items`.
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

/// Asks on a connection of its own, which the server ends after the reply.
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
    if lines.is_empty() { Err("it said nothing".to_owned()) } else { Ok(lines.join("\n")) }
}
