//! How many file descriptors the process may open, and how many of them are for connections.

/// The most connections if the configuration and the operating system set no limit.
const MAX: usize = 10_000;

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

/// Returns the limit of connections, in a process that may open this many descriptors. A part of them is left to databases,
/// files and the reserved places.
pub(super) fn connections(configured: usize, descriptors: Option<u64>) -> usize {
    let descriptors = descriptors.and_then(|descriptors| usize::try_from(descriptors).ok()).unwrap_or(usize::MAX);
    let most = if descriptors < 1_024 { descriptors / 2 } else { descriptors - 512 };
    if configured > most {
        tracing::warn!(
            connections = configured,
            most,
            descriptors,
            "the process may not open as many connections as configured: raise its limit of open files (`ulimit -n`, \
             or `LimitNOFILE` of systemd)"
        );
    }
    match configured {
        0 => MAX.min(most),
        configured => configured.min(most),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_leaves_descriptors_for_everything_else() {
        assert_eq!(connections(0, None), MAX);
        assert_eq!((connections(0, Some(256)), connections(200, Some(256))), (128, 128));
        assert_eq!((connections(0, Some(4_096)), connections(100, Some(4_096))), (3_584, 100));
        assert_eq!(connections(50_000, Some(1 << 20)), 50_000);
    }
}
