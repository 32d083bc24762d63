//! An error for a terminal.

use std::error::Error;

/// An error and its causes, in one sentence.
#[must_use]
pub fn sentence(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", sentence(cause)),
        None => error.to_string(),
    }
}
