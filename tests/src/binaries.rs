//! The binaries under test, built once for all tests of a run.

use std::{collections::HashMap, path::PathBuf, process::Command, sync::OnceLock};

use serde_json::Value;

use crate::app_folder::repository;

/// A program of this repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// The template app, as `cargo run` serves it.
    App,
    /// The command `salon`.
    Salon,
    /// The server of the benchmarks.
    Bench,
    /// The app for everything that the template does not need: `probe/` next to this crate.
    Probe,
}

impl Binary {
    /// The path of the binary. The first call builds all of them.
    #[must_use]
    pub fn path(self) -> PathBuf {
        static BUILT: OnceLock<HashMap<String, PathBuf>> = OnceLock::new();
        let name = match self {
            Self::App => "app-template",
            Self::Salon => "salon",
            Self::Bench => "bench",
            Self::Probe => "probe",
        };
        BUILT.get_or_init(build).get(name).unwrap_or_else(|| panic!("cargo built no {name}")).clone()
    }
}

/// Builds the binaries of the whole workspace: with fewer packages, the shared crates would get other features and be
/// built again.
fn build() -> HashMap<String, PathBuf> {
    let mut command = cargo("build");
    command
        .args(["--workspace", "--bins", "--examples", "--message-format=json-render-diagnostics"])
        .current_dir(repository());
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let output = command.output().expect("cargo starts");
    assert!(output.status.success(), "cargo build failed:\n{}", String::from_utf8_lossy(&output.stderr));
    let built = |line: &str| {
        let message: Value = serde_json::from_str(line).ok()?;
        let name = message["target"]["name"].as_str()?.to_owned();
        Some((name, PathBuf::from(message["executable"].as_str()?)))
    };
    String::from_utf8_lossy(&output.stdout).lines().filter_map(built).collect()
}

/// A cargo command without the environment that the cargo running these tests has set: build scripts would take it for
/// a change and run again.
#[must_use]
pub fn cargo(command: &str) -> Command {
    const OF_THE_TEST: [&str; 6] =
        ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_", "OUT_DIR"];
    let mut cargo = Command::new(env!("CARGO"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if OF_THE_TEST.iter().any(|start| text.starts_with(start)) {
            cargo.env_remove(&name);
        }
    }
    cargo.arg(command);
    cargo
}
