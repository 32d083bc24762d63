//! A handler that panicked, and where.

use std::{
    any::Any,
    backtrace::{Backtrace, BacktraceStatus},
    cell::RefCell,
    panic::{self, AssertUnwindSafe, Location},
    sync::Once,
};

use futures_util::FutureExt;
use tracing::dispatcher;

use super::{Error, IntoResponse, Response};

thread_local! {
    /// Where this thread last panicked, for the code that catches the panic.
    static PLACE: RefCell<Option<(String, usize)>> = const { RefCell::new(None) };
}

/// A handler panicked. The panic message is for the log only.
#[derive(Debug, thiserror::Error)]
#[error("panicked: {message}")]
pub struct Panicked {
    /// The panic message.
    pub message: String,
    /// The file and line, in an app that `salon::main` runs.
    pub place: Option<(String, usize)>,
}

impl Panicked {
    /// Describes the panic that was just caught on this thread.
    fn new(payload: &(dyn Any + Send)) -> Self {
        Self { message: message_of(payload).to_owned(), place: PLACE.take() }
    }
}

fn message_of(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("with a value that is not text")
}

/// Turns a panic into a 500, which middleware sees on the way back.
pub(crate) async fn catch_panic(answer: impl Future<Output = Response>) -> Response {
    match AssertUnwindSafe(answer).catch_unwind().await {
        Ok(response) => response,
        Err(payload) => Error::from(Panicked::new(&*payload)).into_response(),
    }
}

pub(crate) fn file_and_line(place: &Location<'_>) -> (String, usize) {
    (place.file().to_owned(), usize::try_from(place.line()).unwrap_or_default())
}

/// Makes every panic of this process record its location. Where there is a log, the panic is an event in it, and otherwise
/// it is printed: in the midst of a JSON log, a printed panic would be lines that no program can read.
pub(crate) fn note_places() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            PLACE.set(panic.location().map(file_and_line));
            if !dispatcher::has_been_set() {
                return before(panic);
            }
            let at = panic.location().map(ToString::to_string);
            let backtrace = Backtrace::capture();
            let backtrace = (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string());
            tracing::error!(at, backtrace, "panicked: {}", message_of(panic.payload()));
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_tells_its_line() {
        note_places();
        let line = usize::try_from(line!()).unwrap() + 1;
        let payload = panic::catch_unwind(|| panic!("at {}", 7)).unwrap_err();
        let panicked = Panicked::new(&*payload);
        assert_eq!(panicked.message, "at 7");
        assert_eq!(panicked.place, Some((file!().to_owned(), line)));
    }
}
