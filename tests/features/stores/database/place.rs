//! An app whose sessions are in a database.

use std::process::Command;

use salon::database::{ConnectionConfig, DatabaseConfig, DatabaseManager, Pool};
use salon_tests::{AppFolder, Binary, Ended, Process, Server};

/// A folder with an app's files, and the database that its sessions are in.
pub(super) struct Place {
    pub(super) folder: AppFolder,
    kind: &'static str,
    pub(super) url: String,
    environment: Vec<(String, String)>,
}

impl Place {
    /// A database without a table.
    pub(super) fn new(kind: &'static str, url: &str) -> Self {
        let mut place = Self { folder: AppFolder::new(), kind, url: url.to_owned(), environment: Vec::new() };
        place.set("SESSION_DRIVER", "database");
        place.set("DATABASE_DEFAULT", kind);
        place.set_connection("URL", url);
        // Enough for a busy machine.
        place.set_connection("CONNECT_TIMEOUT", "20");
        place.set_connection("RESPONSE_TIMEOUT", "20");
        place
    }

    /// SQLite, in a file below the folder.
    pub(super) async fn sqlite() -> Self {
        Self::new("sqlite", "sqlite:storage/database.sqlite").with_table().await
    }

    /// Creates the table, as an operator would.
    pub(super) async fn with_table(self) -> Self {
        self.run(&["session:table"]).await.assert_success();
        self.run(&["migrate"]).await.assert_success();
        self
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.environment.retain(|(other, _)| other != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Sets a key of the connection.
    pub(super) fn set_connection(&mut self, key: &str, value: &str) {
        self.set(&format!("DATABASE_CONNECTIONS_{}_{key}", self.kind.to_uppercase()), value);
    }

    pub(super) fn environment(&self) -> Vec<(&str, &str)> {
        self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// Starts the probe.
    pub(super) async fn server(&self) -> Server {
        Server::probe(&self.folder, &self.environment()).await
    }

    /// Starts the probe where it is expected to refuse.
    pub(super) async fn refusal(&self) -> Ended {
        self.run(&[]).await
    }

    /// Runs a command.
    pub(super) async fn run(&self, arguments: &[&str]) -> Ended {
        let mut command = Command::new(Binary::Probe.path());
        command.args(arguments).current_dir(self.folder.path()).env_clear().env("APP_PORT", "0");
        Process::start(command.envs(self.environment())).end().await
    }

    /// A separate connection of the test to the database.
    pub(super) async fn pool(&self) -> Pool {
        let mut config = DatabaseConfig::default();
        let mut connection = ConnectionConfig::to(&self.url);
        (connection.connect_timeout, connection.response_timeout) = (20, 20);
        config.connections.insert("test".to_owned(), connection);
        DatabaseManager::new(self.folder.path().to_owned(), config).pool(Some("test")).await.expect("a database")
    }
}
