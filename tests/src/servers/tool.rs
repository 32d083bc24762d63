//! A command-line tool that runs to its end.

use std::process::{Command, Stdio};

/// Runs it and returns its output without the final line break, or how it failed.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?} cannot be started: {error}"))?;
    let stdout = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
    if output.status.success() {
        return Ok(stdout);
    }
    Err(format!("{command:?}: {}\n{stdout}\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim_end()))
}

/// Runs it where it has to succeed.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> String {
    output(command).unwrap_or_else(|failure| panic!("{failure}"))
}
