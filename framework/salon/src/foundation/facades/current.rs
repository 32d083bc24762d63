//! Which application a facade refers to.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use crate::{http::Context, support::Container};

tokio::task_local! {
    static SCOPE: Arc<Container>;
}

/// The applications that have booted in this process, for tasks that belong to none of them.
static BOOTED: Mutex<Vec<Weak<Container>>> = Mutex::new(Vec::new());

/// The error if it is unclear which application a facade refers to.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoApplication {
    /// No application has booted.
    #[error(
        "a facade was used before an application had booted: use it in a handler, in a provider's `boot` method, or after the boot"
    )]
    NotBooted,

    /// Several applications have booted, and this task belongs to none of them.
    #[error(
        "a facade was used in a task that belongs to no application, and several have booted in this process: wrap the call in `app.scope(…)` of the application that you mean"
    )]
    Several,
}

/// Runs a future in which facades refer to this application.
pub(crate) fn scope<F: Future>(container: Arc<Container>, future: F) -> impl Future<Output = F::Output> {
    SCOPE.scope(container, future)
}

/// Records an application that has booted, for tasks that do not serve a request.
pub(crate) fn record(container: &Arc<Container>) {
    let mut booted = BOOTED.lock().unwrap_or_else(PoisonError::into_inner);
    booted.retain(|container| container.strong_count() > 0);
    booted.push(Arc::downgrade(container));
}

/// Returns the value of this type from the current application.
pub(super) fn resolve<T: Send + Sync + 'static>() -> Result<Arc<T>, NoApplication> {
    let serving = Context::current().map(|context| Arc::clone(context.container()));
    let container = match serving.or_else(|| SCOPE.try_with(Arc::clone).ok()) {
        Some(container) => container,
        None => only_one(&BOOTED.lock().unwrap_or_else(PoisonError::into_inner))?,
    };
    container.get().ok_or(NoApplication::NotBooted)
}

/// Returns the application that is alive, if there is exactly one.
fn only_one(booted: &[Weak<Container>]) -> Result<Arc<Container>, NoApplication> {
    let mut alive = booted.iter().filter_map(Weak::upgrade);
    let first = alive.next().ok_or(NoApplication::NotBooted)?;
    if alive.next().is_some() { Err(NoApplication::Several) } else { Ok(first) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_of_no_application_means_the_only_one_and_never_one_of_several() {
        let [first, second] = [Arc::new(Container::default()), Arc::new(Container::default())];
        let booted = [Arc::downgrade(&first), Arc::downgrade(&second)];
        assert!(matches!(only_one(&[]), Err(NoApplication::NotBooted)));
        assert!(matches!(only_one(&booted), Err(NoApplication::Several)));
        drop(first);
        assert!(Arc::ptr_eq(&only_one(&booted).unwrap(), &second), "one that is gone does not count");
    }

    #[tokio::test]
    async fn a_scope_says_which_application_is_meant() {
        let containers = [1_u8, 2].map(|number| {
            let container = Arc::new(Container::default());
            container.bind(number);
            record(&container);
            container
        });
        assert!(matches!(resolve::<u8>(), Err(NoApplication::Several)));
        for (container, number) in containers.into_iter().zip([1, 2]) {
            assert_eq!(scope(container, async { *resolve::<u8>().unwrap() }).await, number);
        }
    }
}
