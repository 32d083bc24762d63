//! A server's process.

use std::{
    fmt,
    fs::{self, OpenOptions},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use super::spawner;

/// How long a start or stop may take. Far more than it needs on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a server is started with, each time.
#[derive(Debug)]
pub(crate) struct Launch {
    pub(crate) program: String,
    pub(crate) arguments: Vec<String>,
    /// The user to run as, if not the current one.
    pub(crate) user: Option<String>,
    pub(crate) folder: PathBuf,
    /// The signal that stops it gracefully without waiting for its clients.
    pub(crate) stop: Signal,
    /// The signal that ends it at once when it is no longer needed: `KILL`, if it leaves nothing behind then.
    pub(crate) abandon: Signal,
}

type Ready = Box<dyn Fn() -> Result<(), String> + Send + Sync>;

/// A server that can be stopped, killed, and started again on the same port. It is killed when this is dropped.
pub struct Daemon {
    launch: Launch,
    ready: Ready,
    child: Mutex<Option<Child>>,
}

impl Daemon {
    /// Starts it, and waits until `ready` reports no problem.
    pub(crate) fn start(launch: Launch, ready: impl Fn() -> Result<(), String> + Send + Sync + 'static) -> Self {
        let daemon = Self { launch, ready: Box::new(ready), child: Mutex::new(None) };
        daemon.start_again();
        daemon
    }

    /// Starts it after it was stopped or killed, and waits until it responds.
    pub fn start_again(&self) {
        let mut child = self.child();
        assert!(child.is_none(), "{self:?} is already running");
        *child = Some(self.spawn());
        self.wait_until_ready(&mut child);
    }

    fn spawn(&self) -> Child {
        let Launch { program, arguments, user, folder, abandon, .. } = &self.launch;
        let log = OpenOptions::new().create(true).append(true).open(log(folder)).expect("a log");
        let mut command = spawner::command(*abandon, user.as_deref(), program);
        command.args(arguments).current_dir(folder).stdin(Stdio::null());
        command.stdout(log.try_clone().expect("a log")).stderr(log);
        spawner::spawn(command).unwrap_or_else(|error| panic!("{program} cannot be started: {error}"))
    }

    fn wait_until_ready(&self, child: &mut Option<Child>) {
        let since = Instant::now();
        while let Err(complaint) = (self.ready)() {
            let ended = child.as_mut().and_then(|child| child.try_wait().expect("it is our child process"));
            if ended.is_some() || since.elapsed() > PATIENCE {
                // It need not be waited for again.
                if let Some(child) = child.take() {
                    end(child);
                }
                panic!("{self:?} does not respond ({ended:?}): {complaint}\n{}", self.log());
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Stops it gracefully, and waits until it has ended.
    pub fn stop(&self) {
        let mut slot = self.child();
        let Some(mut child) = slot.take() else { return };
        for signal in [self.launch.stop, Signal::CONT] {
            // An error means that it has ended already.
            let _ = kill_process(Pid::from_child(&child), signal);
        }
        let since = Instant::now();
        while child.try_wait().expect("it is our child process").is_none() {
            if since.elapsed() > PATIENCE {
                end(child);
                panic!("{self:?} does not stop:\n{}", self.log());
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Kills it (`kill -9`), with the processes that it has started.
    pub fn kill(&self) {
        if let Some(child) = self.child().take() {
            end(child);
        }
    }

    /// Stops it and starts it again, on the same port.
    pub fn restart(&self) {
        self.stop();
        self.start_again();
    }

    /// Freezes it until [`resume`](Self::resume): it still exists and accepts connections, but sends nothing.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it continue.
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let child = self.child();
        let child = child.as_ref().unwrap_or_else(|| panic!("{self:?} is not running"));
        kill_process(Pid::from_child(child), signal).expect("a process takes signals until it has been waited for");
    }

    /// Waits until it has ended on its own.
    pub fn wait_for_end(&self) {
        let mut slot = self.child();
        let Some(mut child) = slot.take() else { return };
        patiently("its end", || child.try_wait().expect("it is our child process"), || self.log());
    }

    /// The id of its process, if it was started and neither stopped nor killed since.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child().as_ref().map(Child::id)
    }

    /// Everything that it has printed since its first start.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read(log(&self.launch.folder)).map(|log| String::from_utf8_lossy(&log).into_owned()).unwrap_or_default()
    }

    fn is_running(&self) -> bool {
        self.child().as_mut().is_some_and(|child| child.try_wait().is_ok_and(|ended| ended.is_none()))
    }

    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.id().is_some() && self.launch.abandon != Signal::KILL {
            self.signal(Signal::CONT);
            self.signal(self.launch.abandon);
            let since = Instant::now();
            while self.is_running() && since.elapsed() < PATIENCE {
                thread::sleep(Duration::from_millis(5));
            }
        }
        self.kill();
    }
}

impl fmt::Debug for Daemon {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Daemon").field(&self.launch.program).finish()
    }
}

/// Polls until there is a result, but not forever.
pub(crate) fn patiently<T>(what: &str, mut ask: impl FnMut() -> Option<T>, log: impl Fn() -> String) -> T {
    let since = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(since.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}\n{}", log());
        thread::sleep(Duration::from_millis(10));
    }
}

fn log(folder: &Path) -> PathBuf {
    folder.join("log")
}

/// Kills a process and those that it has started, which hold its memory, files and ports, and waits until all are gone.
fn end(mut child: Child) {
    let id = child.id();
    // Stopped first, so that it starts no other process in the meantime. An error means that it has ended already.
    let _ = kill_process(Pid::from_child(&child), Signal::STOP);
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    let children: Vec<Pid> = children.split_whitespace().filter_map(|id| Pid::from_raw(id.parse().ok()?)).collect();
    let _ = child.kill();
    let _ = child.wait();
    for child in &children {
        let _ = kill_process(*child, Signal::KILL);
    }
    let since = Instant::now();
    while children.iter().any(|child| is_alive(*child)) && since.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(1));
    }
}

/// True if there is such a process. A zombie that has not been waited for yet does not count.
fn is_alive(process: Pid) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero()));
    status.is_ok_and(|status| status.rsplit_once(')').is_some_and(|(_, rest)| !rest.starts_with(" Z")))
}
