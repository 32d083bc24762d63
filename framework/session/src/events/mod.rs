//! What happens to sessions, for the log and for listeners of the app.

pub(crate) mod event;
pub(crate) mod listeners;
