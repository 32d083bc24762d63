//! The kernel: which middleware stands before which routes.

use crate::{
    http::MiddlewareList,
    routing::{MiddlewareAliases, MiddlewareGroups},
};

/// Says which middleware runs where. An app's own is in `src/http/kernel.rs`.
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
///         MiddlewareList::new().with(SecureHeaders)
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
    /// Middleware of every request, the outermost first; also of requests that match no route.
    fn middleware(&self) -> MiddlewareList {
        MiddlewareList::new()
    }

    /// Lists of middleware by name, for files of routes: `web`, `api`.
    fn groups(&self) -> MiddlewareGroups {
        MiddlewareGroups::default()
    }

    /// Middleware by name, for use on routes: `.middleware("throttle:60,1")`.
    fn aliases(&self) -> MiddlewareAliases {
        MiddlewareAliases::new()
    }
}
