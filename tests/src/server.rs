//! A running app. It logs everything, and its complete output is searched for secrets.

use std::{net::SocketAddr, path::Path, process::Command};

use crate::{AppFolder, Binary, Ended, Process, Signal, Visitor, issued};

/// An app that listens on a port of its own.
#[derive(Debug)]
pub struct Server {
    process: Process,
    address: SocketAddr,
}

impl Server {
    /// Starts the template app on these files. Its environment contains only a free port, the settings to log
    /// everything, and these variables.
    pub async fn app(folder: &AppFolder, environment: &[(&str, &str)]) -> Self {
        Self::start(Binary::App, folder, environment).await
    }

    /// Starts the probe.
    pub async fn probe(folder: &AppFolder, environment: &[(&str, &str)]) -> Self {
        Self::start(Binary::Probe, folder, environment).await
    }

    /// Starts the server of the benchmarks. Its environment contains only a free port and these variables.
    pub async fn bench(environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(Binary::Bench.path());
        command.env_clear().env("PORT", "0").envs(environment.iter().copied());
        Self::listening(Process::start(&mut command)).await
    }

    /// Starts the probe from a shell that prepares its environment, as with `ulimit -n 64`. The shell becomes the
    /// probe.
    pub async fn prepared_probe(
        folder: &AppFolder,
        shell: &[&str],
        script: &str,
        environment: &[(&str, &str)],
    ) -> Self {
        let (program, arguments) = shell.split_first().expect("a shell");
        let mut command = Command::new(program);
        command.args(arguments).args(["-c", &format!("{script}\nexec \"$0\"")]).arg(Binary::Probe.path());
        Self::listening(Process::start(Self::prepare(&mut command, folder.path(), environment))).await
    }

    async fn start(binary: Binary, folder: &AppFolder, environment: &[(&str, &str)]) -> Self {
        Self::listening(Process::start(&mut Self::command(binary, folder.path(), environment))).await
    }

    /// A process that is about to listen.
    pub async fn listening(mut process: Process) -> Self {
        process.is_searched_when_dropped = true;
        let line = process.line(" on http://").await;
        let address = line.split_once("http://").and_then(|(_, rest)| rest.split_whitespace().next()?.parse().ok());
        Self { process, address: address.unwrap_or_else(|| panic!("no address in {line:?}")) }
    }

    /// Starts the app where it is expected to refuse.
    pub async fn refusal(folder: &AppFolder, environment: &[(&str, &str)]) -> Ended {
        Process::start(&mut Self::command(Binary::App, folder.path(), environment)).end().await
    }

    fn command(binary: Binary, folder: &Path, environment: &[(&str, &str)]) -> Command {
        let mut command = Command::new(binary.path());
        Self::prepare(&mut command, folder, environment);
        command
    }

    fn prepare<'a>(command: &'a mut Command, folder: &Path, environment: &[(&str, &str)]) -> &'a mut Command {
        issued::note_keys(environment.iter().copied());
        let env_file = std::fs::read_to_string(folder.join(".env")).unwrap_or_default();
        issued::note_keys(env_file.lines().filter_map(|line| line.split_once('=')));
        command.current_dir(folder).env_clear();
        command.env("APP_PORT", "0").env("LOGGING_LEVEL", "trace").envs(environment.iter().copied())
    }

    /// The address that it listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// A visitor without cookies.
    #[must_use]
    pub fn visitor(&self) -> Visitor {
        Visitor::new(self.address)
    }

    /// The process.
    #[must_use]
    pub const fn process(&self) -> &Process {
        &self.process
    }

    /// Asks it to stop, as systemd would, and waits until it has.
    pub async fn stop(self) -> Ended {
        self.process.signal(Signal::TERM);
        self.process.end().await
    }

    /// Waits until it has stopped on its own.
    pub async fn end(self) -> Ended {
        self.process.end().await
    }
}
