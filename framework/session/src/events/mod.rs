//! What happens to sessions, for the log and for listeners of the app.
//!
//! `event` has the events, and the line that each of them writes to the log. `listeners` calls the functions that the
//! app has registered with [`SessionManager::listen`](crate::SessionManager::listen).
//!
//! Three rules hold in this folder:
//!
//! * **An event names a session by its digest, never by its id,** so that neither a log nor a listener lets anyone into
//!   a session. Of the digest, the log has the first 8 digits only.
//! * **A listener cannot harm a request.** A panic in it is caught and logged. It is called without a lock of the
//!   session, so it may use the session that the event is about.
//! * **Levels say who should look.** `debug` is ordinary life, `info` is what somebody may ask about later, `warn` is a
//!   possible attack or a mistake in the app, `error` is a store that failed.

mod event;
mod listeners;

pub use event::SessionEvent;
pub(crate) use listeners::Events;
