//! Facades: an application's services by name, from anywhere: `facades::Session::count().await`.
//!
//! A facade means the application that serves the current request, or that is coming up in this task; elsewhere (in a task of
//! your own, say) the first one that came up in this process.

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

/// There is no application to ask.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error(
    "a facade was used before an application came up: use it in a handler, in a provider's `boot`, or after the boot"
)]
pub struct NoApplication;

/// Runs a future whose facades mean this application.
pub(super) fn scope<F: Future>(container: Arc<Container>, future: F) -> impl Future<Output = F::Output> {
    COMING_UP.scope(container, future)
}

/// Makes this the application of tasks that serve none. The first one stays.
pub(super) fn set_default(container: &Arc<Container>) {
    let _ = DEFAULT.set(Arc::clone(container));
}

/// The value of this type in the application at hand.
fn resolve<T: Send + Sync + 'static>() -> Result<Arc<T>, NoApplication> {
    let serving = Context::current().map(|context| Arc::clone(context.container()));
    let container = serving.or_else(|| COMING_UP.try_with(Arc::clone).ok()).or_else(|| DEFAULT.get().cloned());
    container.and_then(|container| container.get()).ok_or(NoApplication)
}
