//! One PostgreSQL server.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    ops::Deref,
    path::Path,
    process::Command,
    sync::OnceLock,
};

use rustix::process::{Signal, getuid};

use super::{Certificate, Daemon, account::Account, daemon::Launch, free_port, home::Home, spawner, tool};

/// The folder of its programs. Tests that need them are ignored if there are none.
const PROGRAMS: Option<&str> = option_env!("SALON_POSTGRES");

/// Its superuser, and that user's password.
const USER: &str = "salon";

/// A PostgreSQL server, queried through `psql`. It can be stopped, killed and started again (see [`Daemon`]) and keeps
/// what it has committed. Only a crash of the machine would lose something, because it does not wait for the disk.
#[derive(Debug)]
pub struct Postgres {
    daemon: Daemon,
    access: Access,
    certificate: Option<Certificate>,
    home: Home,
}

#[derive(Clone, Debug)]
struct Access {
    port: u16,
    socket: String,
}

impl Postgres {
    /// Starts a server.
    #[must_use]
    pub fn start() -> Self {
        Self::with_settings(&[])
    }

    /// The server that all tests of this process share.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Starts a server with lines of `postgresql.conf`: `"max_connections = 5"`, `"fsync = on"`.
    #[must_use]
    pub fn with_settings(settings: &[&str]) -> Self {
        Self::with(settings, None)
    }

    /// Starts a server that accepts TLS only, with a certificate of its own authority. Passwords use SCRAM, the default
    /// of PostgreSQL.
    #[must_use]
    pub fn with_tls() -> Self {
        Self::with(&[], Some(Certificate::new()))
    }

    fn with(settings: &[&str], certificate: Option<Certificate>) -> Self {
        let home = Home::new("postgres");
        // It refuses to run as root.
        let account = getuid().is_root().then(|| Account::first_of(&["postgres", "nobody"]).expect("a user for it"));
        if let Some(account) = &account {
            account.own(home.path()).expect("root may do that");
        }
        let access = Access { port: free_port(), socket: home.path().display().to_string() };
        let user = account.as_ref().map(|account| account.name.clone());
        let data = home.file("data");
        let password = home.write("password", USER);
        let mut make = spawner::command(Signal::KILL, user.as_deref(), &program("initdb"));
        make.args(["--pgdata", &data, "--username", USER, "--pwfile", &password, "--no-sync", "--locale=C"]);
        // A client that is not optimized takes so long to compute the SCRAM response that a crowd could not log in on a
        // busy machine.
        let authentication = if certificate.is_some() { "scram-sha-256" } else { "md5" };
        make.args(["--encoding=UTF8", "--auth-local=trust", &format!("--auth-host={authentication}")]);
        tool::run(make.current_dir(home.path()));
        let mut config = config(&access, settings);
        if let Some(certificate) = &certificate {
            config.push_str("ssl = on\nssl_cert_file = '../server.crt'\nssl_key_file = '../server.key'\n");
            certificate.copy_to(home.path(), account.as_ref());
            home.write("data/pg_hba.conf", "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n");
        }
        let config = home.write("postgresql.conf", &config);
        let launch = Launch {
            program: program("postgres"),
            arguments: ["-D", &data, "-c", &format!("config_file={config}")].map(str::to_owned).to_vec(),
            user,
            folder: home.path().to_owned(),
            stop: Signal::INT,
            // If killed, it would leave a shared memory segment behind.
            abandon: Signal::QUIT,
        };
        let probe = access.clone();
        let daemon = Daemon::start(launch, move || tool::output(&mut probe.psql("postgres", "SELECT 1")).map(drop));
        Self { daemon, access, certificate, home }
    }

    /// Its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.access.port
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port()).into()
    }

    /// The URL of the database that every server has, with user and password.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_through(self.address())
    }

    /// That URL, through a proxy.
    #[must_use]
    pub fn url_through(&self, proxy: SocketAddr) -> String {
        self.url_of(proxy, "postgres")
    }

    /// The certificate of a server with TLS.
    #[must_use]
    pub const fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }

    /// Creates a database, empties it first if it exists, and returns its URL.
    #[must_use]
    pub fn database(&self, name: &str) -> String {
        self.command(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        self.command(&format!("CREATE DATABASE {name}"));
        self.url_of(self.address(), name)
    }

    fn url_of(&self, address: SocketAddr, database: &str) -> String {
        let mode = if self.certificate.is_some() { "?sslmode=verify-full" } else { "" };
        format!("postgres://{USER}:{USER}@{address}/{database}{mode}")
    }

    /// Runs a statement, and returns its rows: one line each, with `|` between the columns.
    pub fn command(&self, statement: &str) -> String {
        self.command_in("postgres", statement)
    }

    /// Runs a statement in this database.
    pub fn command_in(&self, database: &str, statement: &str) -> String {
        tool::run(&mut self.access.psql(database, statement))
    }
}

impl Deref for Postgres {
    type Target = Daemon;

    fn deref(&self) -> &Daemon {
        &self.daemon
    }
}

impl Drop for Postgres {
    /// A killed server leaves a shared memory segment, which only its own next start would remove.
    fn drop(&mut self) {
        if self.id().is_none()
            && let Ok(left) = fs::read_to_string(self.home.path().join("data/postmaster.pid"))
        {
            let memory = left.lines().nth(6).and_then(|line| line.split_whitespace().nth(1));
            let _ = memory.map(|id| tool::output(Command::new("ipcrm").args(["--shmem-id", id])));
        }
    }
}

impl Access {
    fn psql(&self, database: &str, statement: &str) -> Command {
        let mut psql = Command::new(program("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--no-password"]);
        psql.args(["--set", "ON_ERROR_STOP=1", "--host", &self.socket, "--port", &self.port.to_string()]);
        psql.args(["--username", USER, "--dbname", database, "--command", statement]);
        psql
    }
}

fn program(name: &str) -> String {
    let folder = PROGRAMS.expect("PostgreSQL; without it this test is ignored");
    Path::new(folder).join(name).display().to_string()
}

fn config(access: &Access, settings: &[&str]) -> String {
    let Access { port, socket } = access;
    // Memory in files is removed with the folder. Other memory would outlive a killed server.
    let own = format!(
        "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = '{socket}'\n\
         shared_buffers = 32MB\ndynamic_shared_memory_type = mmap\nfsync = off\nfull_page_writes = off\n"
    );
    format!("{own}{}\n", settings.join("\n"))
}
