//! Decides which middleware runs for which routes.

use salon::{
    http::MiddlewareList,
    middleware::{BodyLimit, RequestId, SecureHeaders, StartSession, Throttle, Timeout, VerifyCsrfToken},
    routing::{MiddlewareAliases, MiddlewareGroups},
};
use tower_http::compression::CompressionLayer;

/// The app's kernel.
pub struct Kernel;

impl salon::Kernel for Kernel {
    /// For every request; the outermost comes first. Any tower layer can be added unchanged.
    fn middleware(&self) -> MiddlewareList {
        MiddlewareList::new().with(RequestId).with(SecureHeaders::new()).layer(CompressionLayer::new())
    }

    /// For all routes of a file: `routes/web.rs`, `routes/api.rs`, `routes/health.rs`.
    fn groups(&self) -> MiddlewareGroups {
        MiddlewareGroups::new()
            .group("web", MiddlewareList::new().with(StartSession).with(VerifyCsrfToken::new()))
            .group("api", MiddlewareList::new().alias("throttle:60,1"))
            .group("health", MiddlewareList::new())
    }

    /// For single routes, by name: `.middleware("throttle:10,1")` allows ten requests per minute.
    fn aliases(&self) -> MiddlewareAliases {
        MiddlewareAliases::new()
            .alias_with("throttle", Throttle::parse)
            .alias_with("timeout", Timeout::parse)
            .alias_with("body_limit", BodyLimit::parse)
    }
}
