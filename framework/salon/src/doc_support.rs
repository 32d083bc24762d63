//! What the examples in this documentation need before their first line. Not part of the interface.

pub use salon_session::doc_support::{block_on, build_session, manager, next_request, session, session_and_clock};

use crate::{
    Application, ApplicationBuilder,
    http::MiddlewareList,
    middleware::{StartSession, Throttle, VerifyCsrfToken},
    routing::{MiddlewareAliases, MiddlewareGroups, Registered, Router},
};

/// The kernel of the guide's apps: the groups and aliases that a new app begins with.
#[derive(Debug)]
pub struct Kernel;

impl crate::Kernel for Kernel {
    fn groups(&self) -> MiddlewareGroups {
        MiddlewareGroups::new()
            .group("web", MiddlewareList::new().with(StartSession).with(VerifyCsrfToken::new()))
            .group("api", MiddlewareList::new())
    }

    fn aliases(&self) -> MiddlewareAliases {
        MiddlewareAliases::new().alias_with("throttle", Throttle::parse)
    }
}

/// An app of these routes in the group `web`, without files of its own.
pub fn app<R: Registered>(routes: impl FnOnce(&mut Router) -> R + Send + 'static) -> ApplicationBuilder {
    Application::configure()
        .kernel(Kernel)
        .root(std::env::temp_dir().join("salon-no-such-folder"))
        .routes("web", routes)
}
