//! Commands that run before the app can boot: they create what it needs in its database.

use clap::{Args, Subcommand};

use super::{ConsoleError, migrate, write_session_table};
use crate::{foundation::ApplicationBuilder, support::Clock};

#[derive(Clone, Subcommand)]
pub(super) enum DatabaseCommand {
    #[command(name = "session:table", about = "Write the migration of the table for the session driver \"database\"")]
    SessionTable,
    #[command(name = "migrate", about = "Run the pending migrations")]
    Migrate(ConnectionArgument),
    #[command(name = "migrate:status", about = "Show the state of each migration")]
    Status(ConnectionArgument),
    #[command(name = "migrate:rollback", about = "Roll back the last migration")]
    RollBack(ConnectionArgument),
}

#[derive(Args, Clone)]
pub(super) struct ConnectionArgument {
    #[arg(long, help = "The connection in config/database.toml; the default one if omitted")]
    connection: Option<String>,
}

impl DatabaseCommand {
    /// Runs the command on the app's connections, without providers, sessions and routes. Returns the text to print.
    pub(super) async fn run(self, app: ApplicationBuilder) -> Result<String, ConsoleError> {
        let (databases, sessions) = app.databases()?;
        let output = match self {
            Self::SessionTable => {
                write_session_table(&databases, &sessions, Clock::system().now()).await.map(|table| table.to_string())
            }
            Self::Migrate(ConnectionArgument { connection }) => {
                migrate::migrate(&databases, connection.as_deref()).await
            }
            Self::Status(ConnectionArgument { connection }) => migrate::status(&databases, connection.as_deref()).await,
            Self::RollBack(ConnectionArgument { connection }) => {
                migrate::roll_back(&databases, connection.as_deref()).await
            }
        };
        databases.close().await;
        output
    }
}
