//! One Redis server.

use std::{
    fmt::Write as _,
    net::{Ipv4Addr, SocketAddr},
    ops::Deref,
    process::Command,
    sync::OnceLock,
};

use rustix::process::Signal;

use super::{Certificate, Daemon, RedisOptions, daemon::Launch, free_port, home::Home, redis_access::Access, tool};

/// A Redis server: `redis-server`, queried through `redis-cli`. It can be stopped, killed and started again, see
/// [`Daemon`].
#[derive(Debug)]
pub struct Redis {
    daemon: Daemon,
    access: Access,
    certificate: Option<Certificate>,
    _home: Home,
}

impl Redis {
    /// Starts a server on a port, without a password, that keeps nothing across a restart.
    #[must_use]
    pub fn start() -> Self {
        Self::options().start()
    }

    /// The options of a server.
    #[must_use]
    pub fn options() -> RedisOptions {
        RedisOptions::default()
    }

    /// The server that all tests of this process share.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Redis> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    pub(crate) fn with(options: &RedisOptions) -> Self {
        let home = Home::new("redis");
        let certificate = options.tls.then(Certificate::new);
        let access = Access {
            port: free_port(),
            socket: options.socket.then(|| home.file("socket")),
            password: options.password.clone(),
            authority: certificate.as_ref().map(Certificate::authority),
        };
        let config = home.write("redis.conf", &config(&access, options, certificate.as_ref()));
        let launch = Launch {
            program: "redis-server".to_owned(),
            arguments: [config].into_iter().chain(options.is_sentinel.then(|| "--sentinel".to_owned())).collect(),
            user: None,
            folder: home.path().to_owned(),
            stop: Signal::TERM,
            abandon: Signal::KILL,
        };
        let probe = access.clone();
        let daemon = Daemon::start(launch, move || tool::output(probe.cli().args(["-e", "PING"])).map(drop));
        Self { daemon, access, certificate, _home: home }
    }

    /// Its port; unused if it listens on a Unix socket.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.access.port
    }

    /// The address that it listens on, if it is not a Unix socket.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port()).into()
    }

    /// Its complete URL with the password: `redis://…`, `rediss://…` or `redis+unix://…`.
    #[must_use]
    pub fn url(&self) -> String {
        self.access.url(self.address())
    }

    /// Its URL, through a proxy.
    #[must_use]
    pub fn url_through(&self, proxy: SocketAddr) -> String {
        self.access.url(proxy)
    }

    pub(crate) fn password(&self) -> Option<&str> {
        self.access.password.as_deref()
    }

    /// The Unix socket that it listens on, if any.
    #[must_use]
    pub fn socket(&self) -> Option<&str> {
        self.access.socket.as_deref()
    }

    /// The certificate of a server with TLS.
    #[must_use]
    pub const fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }

    /// Sends a command, and returns the reply as `redis-cli` prints it to a pipe: without types, one line for each
    /// element.
    pub fn command(&self, words: &[&str]) -> String {
        self.try_command(words).unwrap_or_else(|failure| panic!("{failure}"))
    }

    /// Sends a command that may fail, to a server that may not be running.
    ///
    /// # Errors
    ///
    /// Returns an error if the reply is an error, or if there is none.
    pub fn try_command(&self, words: &[&str]) -> Result<String, String> {
        tool::output(self.access.cli().arg("-e").args(words))
    }

    /// Ends it with `SHUTDOWN` and this option, and waits until it has ended.
    pub fn shut_down(&self, how: &str) {
        // The connection ends without a reply.
        let _ = self.try_command(&["SHUTDOWN", how]);
        self.daemon.wait_for_end();
    }

    /// A `redis-cli` with the options to reach it.
    pub(crate) fn cli(&self) -> Command {
        self.access.cli()
    }
}

impl Deref for Redis {
    type Target = Daemon;

    fn deref(&self) -> &Daemon {
        &self.daemon
    }
}

fn config(access: &Access, options: &RedisOptions, certificate: Option<&Certificate>) -> String {
    let mut config = "bind 127.0.0.1\n".to_owned();
    if !options.is_sentinel {
        config.push_str("save \"\"\nenable-debug-command yes\nrepl-diskless-sync-delay 0\n");
    }
    let Access { port, socket, password, .. } = access;
    let _ = match (socket, certificate) {
        (Some(socket), _) => writeln!(config, "port 0\nunixsocket {socket}"),
        (None, Some(certificate)) => writeln!(
            config,
            "port 0\ntls-port {port}\ntls-auth-clients no\ntls-cert-file {}\ntls-key-file {}\ntls-ca-cert-file {}",
            certificate.certificate().display(),
            certificate.key().display(),
            certificate.authority().display(),
        ),
        (None, None) => writeln!(config, "port {port}"),
    };
    if let Some(password) = password {
        let _ = writeln!(config, "requirepass {password}");
        if !options.is_sentinel {
            let _ = writeln!(config, "masterauth {password}");
        }
    }
    if options.keeps_data {
        config.push_str("appendonly yes\nappendfsync always\n");
    }
    config.push_str(&options.settings.join("\n"));
    config.push('\n');
    config
}
