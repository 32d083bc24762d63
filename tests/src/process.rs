//! A process whose output is read while it runs.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};
use tokio::sync::watch;

use crate::{Ended, assert_no_secret};

/// How long anything may take before the test fails. Far more than it needs on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits for a future, but not forever.
pub async fn within<F: Future>(what: &str, future: F) -> F::Output {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(output) => output,
        Err(_) => panic!("{what}: not within {PATIENCE:?}"),
    }
}

/// A running process. It is killed when this is dropped. Its complete output is searched for secrets.
#[derive(Debug)]
pub struct Process {
    child: Arc<Mutex<Child>>,
    pid: Pid,
    stdout: watch::Receiver<Output>,
    stderr: watch::Receiver<Output>,
    readers: Vec<JoinHandle<()>>,
    /// Not done for a process that leaves others behind, which keep its output open.
    pub(crate) is_searched_when_dropped: bool,
}

#[derive(Clone, Debug, Default)]
struct Output {
    text: String,
    is_complete: bool,
}

impl Process {
    /// Starts a command, without standard input.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = spawned.unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
        let (stdout, reader) = follow(child.stdout.take().expect("the output is piped"));
        let (stderr, other) = follow(child.stderr.take().expect("the output is piped"));
        let (pid, readers) = (Pid::from_child(&child), vec![reader, other]);
        let child = Arc::new(Mutex::new(child));
        Self { child, pid, stdout, stderr, readers, is_searched_when_dropped: false }
    }

    /// Waits for a line on standard output that contains this text.
    pub async fn line(&self, with: &str) -> String {
        self.find(self.stdout.clone(), with).await
    }

    /// Waits for a line on standard error that contains this text.
    pub async fn complaint(&self, with: &str) -> String {
        self.find(self.stderr.clone(), with).await
    }

    /// How many lines on standard error contain this text so far.
    #[must_use]
    pub fn complaints(&self, with: &str) -> usize {
        self.stderr.borrow().text.lines().filter(|line| line.contains(with)).count()
    }

    async fn find(&self, mut stream: watch::Receiver<Output>, with: &str) -> String {
        let find = |output: &Output| output.text.lines().find(|line| line.contains(with)).map(str::to_owned);
        let ready = within(with, stream.wait_for(|output| output.is_complete || find(output).is_some())).await;
        let found = find(&ready.expect("the reader outlives its process"));
        found.unwrap_or_else(|| {
            panic!("it ended without {with:?}:\n{}\n{}", self.stdout.borrow().text, self.stderr.borrow().text)
        })
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// The megabytes of memory that it has now.
    #[must_use]
    pub fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).expect("a running process");
        let kilobytes =
            status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok());
        let kilobytes: u64 = kilobytes.unwrap_or_else(|| panic!("no memory in {status}"));
        kilobytes / 1024
    }

    /// How many files and connections it has open.
    #[must_use]
    pub fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.id())).expect("a running process").count()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).expect("a process takes signals until it has been waited for");
    }

    /// Waits for it to end.
    pub async fn end(mut self) -> Ended {
        let (mut stdout, mut stderr) = (self.stdout.clone(), self.stderr.clone());
        let stdout = within("standard output's end", stdout.wait_for(|output| output.is_complete)).await;
        let stdout = stdout.expect("the reader outlives its process").text.clone();
        let stderr = within("standard error's end", stderr.wait_for(|output| output.is_complete)).await;
        let stderr = stderr.expect("the reader outlives its process").text.clone();
        let child = Arc::clone(&self.child);
        let wait = move || child.lock().unwrap_or_else(PoisonError::into_inner).wait();
        let waiting = tokio::task::spawn_blocking(wait);
        let status = within("the process's end", waiting).await.expect("the wait ends").expect("a status");
        self.is_searched_when_dropped = false;
        assert_no_secret(&stdout);
        assert_no_secret(&stderr);
        Ended { status, stdout, stderr }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        // An error means that it has ended already.
        let _ = child.kill();
        let _ = child.wait();
        if self.is_searched_when_dropped && !thread::panicking() {
            for reader in self.readers.drain(..) {
                let _ = reader.join();
            }
            assert_no_secret(&self.stdout.borrow().text);
            assert_no_secret(&self.stderr.borrow().text);
        }
    }
}

fn follow(stream: impl Read + Send + 'static) -> (watch::Receiver<Output>, JoinHandle<()>) {
    let (sender, receiver) = watch::channel(Output::default());
    let thread = thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            sender.send_modify(|output| output.text.push_str(&String::from_utf8_lossy(&line)));
            line.clear();
        }
        sender.send_modify(|output| output.is_complete = true);
        // The value stays readable for receivers that have not read it yet.
    });
    (receiver, thread)
}
