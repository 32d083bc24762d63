//! Facades: access to an application's services from anywhere, for example `facades::Session::count().await`.
//!
//! A facade refers to the application that serves the current request, or that is booting in this task. Elsewhere (for
//! example in a task of your own) it refers to the first application that booted in this process.

#[cfg(feature = "_sql")]
mod database;
mod session;

#[cfg(feature = "_sql")]
pub use database::Database;
pub use session::Session;

use std::{
    future::Future,
    sync::{Arc, OnceLock},
};

use crate::{http::Context, support::Container};

tokio::task_local! {
    static COMING_UP: Arc<Container>;
}

static DEFAULT: OnceLock<Arc<Container>> = OnceLock::new();

/// The error if there is no application.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error(
    "a facade was used before an application had booted: use it in a handler, in a provider's `boot` method, or after the boot"
)]
pub struct NoApplication;

/// Runs a future in which facades refer to this application.
pub(super) fn scope<F: Future>(container: Arc<Container>, future: F) -> impl Future<Output = F::Output> {
    COMING_UP.scope(container, future)
}

/// Makes this the application for tasks that do not serve a request. The first one set stays.
pub(super) fn set_default(container: &Arc<Container>) {
    let _ = DEFAULT.set(Arc::clone(container));
}

/// Returns the value of this type from the current application.
fn resolve<T: Send + Sync + 'static>() -> Result<Arc<T>, NoApplication> {
    let serving = Context::current().map(|context| Arc::clone(context.container()));
    let container = serving.or_else(|| COMING_UP.try_with(Arc::clone).ok()).or_else(|| DEFAULT.get().cloned());
    container.and_then(|container| container.get()).ok_or(NoApplication)
}
