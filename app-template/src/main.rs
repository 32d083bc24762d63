//! The app's binary: `cargo run` serves it, `cargo run -- help` lists its other commands.

use std::process::ExitCode;

fn main() -> ExitCode {
    salon::main(app_template::app())
}
