//! How many file descriptors the process may open.

/// Raises the limit of open file descriptors as far as the operating system allows, and returns it. Returns `None` if there
/// is no limit, or if it is unknown.
///
/// Systems start processes with a low limit (1024, or 256) for the sake of programs that use `select`, and let those that do
/// not raise it.
#[cfg(unix)]
pub(super) fn raise() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let before = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: before.maximum, maximum: before.maximum };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => before.maximum,
        Err(error) => {
            tracing::debug!(%error, "cannot raise the limit of open file descriptors");
            before.current
        }
    }
}

#[cfg(not(unix))]
pub(super) const fn raise() -> Option<u64> {
    None
}
