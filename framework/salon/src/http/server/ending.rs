//! The end of a connection that speaks another protocol than HTTP.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use super::activity::Activity;

/// The end of a connection that was upgraded: nobody but its stream knows when it must end. Its two halves may belong to
/// different tasks, so each has a future of its own that wakes it.
pub(super) struct Ending {
    reading: Pin<Box<dyn Future<Output = &'static str> + Send>>,
    writing: Pin<Box<dyn Future<Output = &'static str> + Send>>,
}

impl Ending {
    pub(super) fn new(activity: &Activity) -> Self {
        Self { reading: Box::pin(activity.end()), writing: Box::pin(activity.end()) }
    }

    /// Completes with the error for a reader once the connection must end.
    pub(super) fn poll_reading(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        self.reading.as_mut().poll(context).map(error)
    }

    /// Completes with the error for a writer once the connection must end.
    pub(super) fn poll_writing(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        self.writing.as_mut().poll(context).map(error)
    }
}

fn error(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, reason)
}
