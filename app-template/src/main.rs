//! The app's binary: `cargo run` serves it, `cargo run -- help` shows what else it can do.

use std::process::ExitCode;

fn main() -> ExitCode {
    salon::main(app_template::app())
}
