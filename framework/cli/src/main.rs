//! The command `salon`: creates new apps. It is a crate of its own, so that neither the embedded template nor the TOML
//! editor is a part of every app.

mod crate_name;
mod error;
mod manifest;
mod new;
mod scaffold;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use salon_core::{
    encryption::{KeyFileError, generate_key},
    support::{Random, sentence},
};

use crate::{
    error::NewError,
    new::{Dependency, NewApp, new_app},
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
        Command::New { path } => new(&path).map_err(|error| sentence(&error)),
        Command::KeyGenerate { force } => key_generate(force).map_err(|error| sentence(&error)),
    };
    match done {
        Ok(message) => {
            println!("{message}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("salon: {error}");
            ExitCode::FAILURE
        }
    }
}

fn new(path: &Path) -> Result<String, NewError> {
    let request = NewApp { path, salon: framework(), template: &scaffold::template() };
    new_app(&request, &Random::system()).map(|created| created.to_string())
}

fn key_generate(force: bool) -> Result<String, KeyFileError> {
    generate_key(Path::new(""), force, &Random::system()).map(|generated| generated.to_string())
}

/// Returns the checkout that this command was built from, if it still exists, or else the version that was published
/// with it.
fn framework() -> Dependency {
    let framework = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(""));
    let crate_folder = framework.join("salon");
    // A crate that cargo fetched from the registry has a folder too, but not the template beside it.
    let is_checkout = crate_folder.join("Cargo.toml").is_file() && framework.join("../app-template").is_dir();
    if is_checkout { Dependency::Path(crate_folder) } else { Dependency::Version(env!("CARGO_PKG_VERSION").to_owned()) }
}
