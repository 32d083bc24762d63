//! The thread that starts servers.

use std::{
    io,
    process::{Child, Command},
    sync::{OnceLock, mpsc},
    thread,
};

use rustix::process::Signal;

type Order = (Command, mpsc::Sender<io::Result<Child>>);

/// Starts a command that begins with [`command`].
///
/// The system considers a server's parent dead when the *thread* that started it ends. A test's own thread ends with
/// the test, so one thread that lives as long as the process starts them all.
pub(crate) fn spawn(command: Command) -> io::Result<Child> {
    static SPAWNER: OnceLock<mpsc::Sender<Order>> = OnceLock::new();
    let spawner = SPAWNER.get_or_init(|| {
        let (sender, orders) = mpsc::channel::<Order>();
        thread::spawn(move || {
            for (mut command, answer) in orders {
                let _ = answer.send(command.spawn());
            }
        });
        sender
    });
    let (answer, child) = mpsc::channel();
    spawner.send((command, answer)).expect("the thread that starts servers runs");
    child.recv().expect("the thread that starts servers responds")
}

/// A command that receives this signal when its parent dies, and that runs as this user.
pub(crate) fn command(signal: Signal, user: Option<&str>, program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", name(signal)]);
    if let Some(user) = user {
        command.args(["--reuid", user, "--regid", user, "--init-groups"]);
    }
    command.args(["--", program]);
    command
}

/// The name of a signal for `setpriv`.
fn name(signal: Signal) -> &'static str {
    match signal {
        Signal::KILL => "KILL",
        Signal::QUIT => "QUIT",
        other => unreachable!("no server is ended with {other:?}"),
    }
}
