//! The command line of an app's binary.

use std::{env, error::Error, io, process::ExitCode};

use clap::{Parser, Subcommand};

#[cfg(feature = "_sql")]
use super::database_command::DatabaseCommand;
use super::{ConsoleError, say::say, session_command::SessionCommand, signals::shutdown_signal};
use crate::{
    encryption::generate_key,
    foundation::{Application, ApplicationBuilder, find_root, open_log},
    http::{Inherited, Server, ServerError, panicked::note_places, show_methods},
    support::{Random, sentence},
};

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Default, Subcommand)]
enum Command {
    /// Serve requests (the default).
    #[default]
    Serve,
    #[command(name = "route:list", about = "Show every route with its name and middleware")]
    RouteList,
    #[command(name = "key:generate", about = "Write a new APP_KEY into .env")]
    KeyGenerate {
        #[arg(long, help = "Replace an existing key, which moves to APP_PREVIOUS_KEYS")]
        force: bool,
    },
    #[command(flatten)]
    Session(SessionCommand),
    #[cfg(feature = "_sql")]
    #[command(flatten)]
    Database(DatabaseCommand),
    /// Show the configuration of the app.
    About,
}

/// Runs an app's command line: `serve` by default, and `route:list`, `key:generate`, `session:gc`, `session:count`,
/// `session:list`, `session:end`, `session:migrate`, `about`; with an SQL database also `session:table`, `migrate`,
/// `migrate:status` and `migrate:rollback`. Errors are reported in one sentence, with exit code 1.
///
/// ```no_run
/// # struct Kernel; impl salon::Kernel for Kernel {}
/// use std::process::ExitCode;
///
/// fn main() -> ExitCode {
///     salon::main(salon::Application::configure().kernel(Kernel))
/// }
/// ```
#[must_use]
pub fn main(app: ApplicationBuilder) -> ExitCode {
    match run(app, Arguments::parse().command.unwrap_or_default()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", sentence(&error as &dyn Error));
            ExitCode::FAILURE
        }
    }
}

fn run(app: ApplicationBuilder, command: Command) -> Result<(), ConsoleError> {
    if let Command::KeyGenerate { force } = command {
        let root = find_root(&env::current_dir()?)?;
        println!("{}", generate_key(&root, force, &Random::system())?);
        return Ok(());
    }
    // Before the runtime starts its threads.
    let inherited = matches!(command, Command::Serve).then(Inherited::take);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        #[cfg(feature = "_sql")]
        if let Command::Database(command) = command {
            println!("{}", command.run(app).await?);
            return Ok(());
        }
        let app = if matches!(command, Command::Serve) { app.with_log() } else { app };
        let app = app.boot().await?;
        match command {
            Command::Serve => serve(&app, inherited).await?,
            Command::RouteList => list_routes(&app),
            Command::Session(command) => {
                let sessions = app.sessions().ok_or_else(|| io::Error::other("no session manager is bound"))?;
                let output = command.run(&sessions).await;
                // Close also after a failure: a driver may still have something to write.
                let closed = sessions.close().await;
                println!("{}", output?);
                closed?;
            }
            Command::About => about(&app),
            Command::KeyGenerate { .. } => {}
            #[cfg(feature = "_sql")]
            Command::Database(_) => {}
        }
        Ok(())
    })
}

async fn serve(app: &Application, inherited: Option<Inherited>) -> Result<(), ConsoleError> {
    open_log();
    note_places();
    let shutdown = shutdown_signal()?;
    let server = listen(app, inherited).await?;
    say(format_args!("{} listens on {server} (press Ctrl-C to stop).", app.config().name));
    app.serve(server, shutdown).await?;
    say(format_args!("{} has stopped.", app.config().name));
    Ok(())
}

/// Listens on the sockets that the process was started with, or else on the configured addresses.
async fn listen(app: &Application, inherited: Option<Inherited>) -> Result<Server, ServerError> {
    let mut listeners = inherited.map_or_else(|| Ok(Vec::new()), Inherited::listeners)?.into_iter();
    let Some(first) = listeners.next() else { return app.listen().await };
    listeners.try_fold(app.listen_on(first)?, Server::also)
}

fn list_routes(app: &Application) {
    let Some(table) = app.routes() else { return };
    let rows: Vec<[String; 4]> = table
        .routes()
        .map(|route| {
            let methods = show_methods(route.methods());
            let mut middleware = route.middleware().join(", ");
            if let Some(access) = route.session() {
                middleware = format!("{middleware} (session: {access})");
            }
            [methods, route.pattern().to_owned(), route.name().unwrap_or("-").to_owned(), middleware]
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    for [methods, pattern, name, middleware] in &rows {
        println!("{methods:0$}  {pattern:1$}  {name:2$}  {middleware}", widths[0], widths[1], widths[2]);
    }
}

fn about(app: &Application) {
    let config = app.config();
    println!("{}", config.name);
    println!("  Salon        {}", env!("CARGO_PKG_VERSION"));
    println!("  environment  {:?}", config.env);
    println!("  folder       {}", app.root().display());
    println!("  address      {}", config.base_url());
    if let Some(sessions) = app.sessions() {
        println!("  sessions     {}", sessions.driver_name());
        println!("  drivers      {}", sessions.driver_names().join(", "));
    }
}
