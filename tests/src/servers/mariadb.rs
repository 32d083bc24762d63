//! One MariaDB server.

use std::{
    net::{Ipv4Addr, SocketAddr},
    ops::Deref,
    path::PathBuf,
    process::Command,
    sync::OnceLock,
};

use rustix::process::{Signal, getuid};

use super::{Certificate, Daemon, daemon::Launch, free_port, home::Home, spawner, tool};

/// Its program, which is often not in `PATH`. Tests that need it are ignored if there is none.
const PROGRAM: Option<&str> = option_env!("SALON_MARIADBD");

/// Its superuser, that user's password, and the database that every server has.
const USER: &str = "salon";

/// A MariaDB server, queried through `mariadb`. It can be stopped, killed and started again (see [`Daemon`]) and keeps
/// what it has committed. Only a crash of the machine would lose something, because it does not wait for the disk.
#[derive(Debug)]
pub struct MariaDb {
    daemon: Daemon,
    port: u16,
    socket: String,
    certificate: Option<Certificate>,
    _home: Home,
}

impl MariaDb {
    /// Starts a server.
    #[must_use]
    pub fn start() -> Self {
        Self::with_arguments(&[])
    }

    /// The server that all tests of this process share.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<MariaDb> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Starts a server with additional arguments: `"--max-connections=5"`, `"--innodb-flush-log-at-trx-commit=1"`.
    #[must_use]
    pub fn with_arguments(arguments: &[&str]) -> Self {
        Self::with(arguments, None)
    }

    /// Starts a server that requires TLS for TCP connections, with a certificate of its own authority.
    #[must_use]
    pub fn with_tls() -> Self {
        let certificate = Certificate::new();
        let file = |name: &str, path: PathBuf| format!("--ssl-{name}={}", path.display());
        let own = [file("cert", certificate.certificate()), file("key", certificate.key())];
        Self::with(&[&own[0], &own[1], "--require-secure-transport"], Some(certificate))
    }

    fn with(arguments: &[&str], certificate: Option<Certificate>) -> Self {
        let (home, port) = (Home::new("mariadb"), free_port());
        let (data, socket) = (home.file("data"), home.file("socket"));
        // A starting server removes the temporary tables that it finds, even those of other servers.
        let temporary = format!("--tmpdir={}", home.path().display());
        let mut own = vec!["--no-defaults".to_owned(), format!("--datadir={data}"), temporary];
        if getuid().is_root() {
            // It does not run as root unless asked to.
            own.push("--user=root".to_owned());
        }
        own.extend(LEAN.iter().copied().map(str::to_owned));
        let mut make = spawner::command(Signal::KILL, None, "mariadb-install-db");
        make.args(&own).args(["--auth-root-authentication-method=normal", "--skip-test-db"]);
        tool::run(make.current_dir(home.path()));
        own.extend([format!("--port={port}"), format!("--socket={socket}")]);
        own.push(format!("--init-file={}", home.write("init.sql", INIT)));
        own.extend(SERVING.iter().chain(arguments).copied().map(str::to_owned));
        let launch = Launch {
            program: PROGRAM.expect("MariaDB; without it this test is ignored").to_owned(),
            arguments: own,
            user: None,
            folder: home.path().to_owned(),
            stop: Signal::TERM,
            abandon: Signal::KILL,
        };
        let probe = socket.clone();
        let daemon = Daemon::start(launch, move || tool::output(&mut client(&probe, USER, "SELECT 1")).map(drop));
        Self { daemon, port, socket, certificate, _home: home }
    }

    /// Its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// The URL of the database that every server has, with user and password.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_through(self.address())
    }

    /// That URL, through a proxy.
    #[must_use]
    pub fn url_through(&self, proxy: SocketAddr) -> String {
        self.url_of(proxy, USER)
    }

    /// The certificate of a server with TLS.
    #[must_use]
    pub const fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }

    /// Creates a database, empties it first if it exists, and returns its URL.
    #[must_use]
    pub fn database(&self, name: &str) -> String {
        self.command(&format!("DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name}"));
        self.url_of(self.address(), name)
    }

    fn url_of(&self, address: SocketAddr, database: &str) -> String {
        let mode = if self.certificate.is_some() { "?ssl-mode=VERIFY_IDENTITY" } else { "" };
        format!("mysql://{USER}:{USER}@{address}/{database}{mode}")
    }

    /// Runs statements, and returns their rows: one line each, with tabs between the columns.
    pub fn command(&self, statements: &str) -> String {
        self.command_in(USER, statements)
    }

    /// Runs statements in this database.
    pub fn command_in(&self, database: &str, statements: &str) -> String {
        tool::run(&mut client(&self.socket, database, statements))
    }
}

impl Deref for MariaDb {
    type Target = Daemon;

    fn deref(&self) -> &Daemon {
        &self.daemon
    }
}

/// Small, and without waiting for the disk.
const LEAN: &[&str] = &[
    "--innodb-buffer-pool-size=32M",
    "--innodb-log-file-size=16M",
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-flush-method=nosync",
    "--skip-performance-schema",
];

const SERVING: &[&str] = &["--bind-address=127.0.0.1", "--skip-name-resolve", "--skip-log-bin"];

/// Run at every start, before anybody can connect.
const INIT: &str = "\
CREATE DATABASE IF NOT EXISTS salon;
CREATE USER IF NOT EXISTS salon@'127.0.0.1' IDENTIFIED BY 'salon';
CREATE USER IF NOT EXISTS salon@localhost IDENTIFIED BY 'salon';
GRANT ALL ON *.* TO salon@'127.0.0.1' WITH GRANT OPTION;
GRANT ALL ON *.* TO salon@localhost WITH GRANT OPTION;
";

fn client(socket: &str, database: &str, statements: &str) -> Command {
    let mut client = Command::new("mariadb");
    client.args(["--no-defaults", "--socket", socket, "--user", USER, &format!("--password={USER}")]);
    client.args(["--batch", "--skip-column-names", "--database", database, "--execute", statements]);
    client
}
