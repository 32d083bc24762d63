//! The kernel: which middleware runs for which routes.

use crate::{
    http::MiddlewareList,
    routing::{MiddlewareAliases, MiddlewareGroups},
};

/// Says which middleware runs where. The kernel of an app is in `src/http/kernel.rs`.
///
/// ```
/// use salon::Kernel as _;
/// use salon::http::MiddlewareList;
/// use salon::middleware::{SecureHeaders, StartSession, VerifyCsrfToken};
/// use salon::routing::{MiddlewareAliases, MiddlewareGroups};
///
/// struct Kernel;
///
/// impl salon::Kernel for Kernel {
///     fn middleware(&self) -> MiddlewareList {
///         MiddlewareList::new().with(SecureHeaders::new())
///     }
///
///     fn groups(&self) -> MiddlewareGroups {
///         MiddlewareGroups::new()
///             .group("web", MiddlewareList::new().with(StartSession).with(VerifyCsrfToken::new()))
///             .group("api", MiddlewareList::new())
///     }
///
///     fn aliases(&self) -> MiddlewareAliases {
///         MiddlewareAliases::new()
///     }
/// }
/// # assert_eq!(Kernel.middleware().len(), 1);
/// ```
pub trait Kernel: Send + Sync + 'static {
    /// Returns the middleware of every request, the outermost first, including requests that match no route.
    fn middleware(&self) -> MiddlewareList {
        MiddlewareList::new()
    }

    /// Returns lists of middleware by name, for files of routes: `web`, `api`.
    fn groups(&self) -> MiddlewareGroups {
        MiddlewareGroups::default()
    }

    /// Returns middleware by name, for use on routes: `.middleware("throttle:60,1")`.
    fn aliases(&self) -> MiddlewareAliases {
        MiddlewareAliases::new()
    }
}
