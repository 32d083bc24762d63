//! Facades: access to an application's services from anywhere, for example `facades::Session::count().await`.
//!
//! A facade refers to the application that serves the current request, that is booting in this task, or whose
//! [`scope`](crate::Application::scope) this task runs in. Elsewhere (for example in a task of your own) it refers to
//! the application of this process; if there are several, as in tests, it is an error that asks for a scope. A task
//! that a handler spawns keeps its application with [`Context::scope`](crate::http::Context::scope).

mod current;
#[cfg(feature = "_sql")]
mod database;
mod session;

pub use current::NoApplication;
pub(crate) use current::{record, scope};
#[cfg(feature = "_sql")]
pub use database::Database;
pub use session::Session;
