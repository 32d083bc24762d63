//! The command `salon`.

mod scaffold;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use salon::{
    console::{ConsoleError, Dependency, NewApp, generate_key, new_app, sentence},
    support::Random,
};

/// Creates and maintains apps of the web framework Salon.
#[derive(Parser)]
#[command(name = "salon", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Create a new app.
    New {
        /// Its folder; the app is named after it.
        path: PathBuf,
    },
    #[command(name = "key:generate", about = "Write a new APP_KEY into the .env of this folder")]
    KeyGenerate {
        #[arg(long, help = "Replace an existing key, which moves to APP_PREVIOUS_KEYS")]
        force: bool,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::New { path } => new(&path),
        Command::KeyGenerate { force } => key_generate(force),
    };
    match done {
        Ok(message) => {
            println!("{message}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("salon: {}", sentence(&error));
            ExitCode::FAILURE
        }
    }
}

fn new(path: &Path) -> Result<String, ConsoleError> {
    let request = NewApp { path, salon: framework(), template: &scaffold::template() };
    new_app(&request, &Random::system()).map(|created| created.to_string())
}

fn key_generate(force: bool) -> Result<String, ConsoleError> {
    generate_key(Path::new(""), force, &Random::system()).map(|generated| generated.to_string())
}

/// Returns the checkout that this command was built from, if it still exists, or else the version that was published
/// with it.
fn framework() -> Dependency {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    // A crate that cargo fetched from the registry is in a folder too, but without the template beside it.
    let is_checkout = crate_folder.join("Cargo.toml").is_file() && crate_folder.join("../app-template").is_dir();
    if is_checkout {
        Dependency::Path(crate_folder.to_owned())
    } else {
        Dependency::Version(env!("CARGO_PKG_VERSION").to_owned())
    }
}
