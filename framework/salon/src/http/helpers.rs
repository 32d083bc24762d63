//! The current request's session, available anywhere in its task.

use super::{Context, Error};
use crate::session::Session;

/// Why there is no session.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoSession {
    /// Nothing attached a session to this request.
    #[error(
        "no session on this request: add StartSession to the group's middleware in src/http/kernel.rs \
         (`MiddlewareList::new().with(StartSession)`)"
    )]
    NotAttached,

    /// This task does not serve a request: it was spawned, or the server did not start it.
    #[error("no request in this task: take the session in the handler and move it into the task")]
    NoRequest,
}

/// Returns the session of the request that this task serves.
///
/// ```
/// use salon::Result;
///
/// /// Called by handlers, which do not have to pass the session on.
/// fn greeting() -> Result<String> {
///     let name: Option<String> = salon::session()?.get("name")?;
///     Ok(name.map_or_else(|| "Welcome.".to_owned(), |name| format!("Welcome back, {name}.")))
/// }
/// # assert!(greeting().unwrap_err().to_string().contains("no request in this task"));
/// ```
///
/// # Errors
/// Returns a 500 around [`NoSession`] if the route is not under `StartSession`, or if the task does not serve a
/// request.
pub fn session() -> Result<Session, Error> {
    let context = Context::current().ok_or(NoSession::NoRequest)?;
    Ok(context.session().ok_or(NoSession::NotAttached)?)
}

/// Returns the session of the request that this task serves, if there is one.
///
/// ```
/// assert!(salon::try_session().is_none(), "this test does not serve a request");
/// ```
#[must_use]
pub fn try_session() -> Option<Session> {
    Context::current()?.session()
}
