//! The signals that stop a server.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};
use tokio::{
    select,
    signal::unix::{SignalKind, signal},
};

use super::say::say;

/// The exit codes of a process that a signal has ended, as shells report them: 128 and the number of the signal.
const EXIT_CODES: [(i32, i32); 2] = [(SIGINT, 128 + SIGINT), (SIGTERM, 128 + SIGTERM)];

/// Completes on Ctrl-C, or when the system asks the process to terminate. From then on, another of these signals ends the
/// process at once, even if no thread of it is able to do anything.
pub(super) fn shutdown_signal() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let is_stopping = Arc::new(AtomicBool::new(false));
    for (signal, code) in EXIT_CODES {
        flag::register_conditional_shutdown(signal, code, Arc::clone(&is_stopping))?;
    }
    Ok(async move {
        select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        is_stopping.store(true, SeqCst);
        say(format_args!("Finishing the requests in flight. Press Ctrl-C again to stop at once."));
    })
}
