//! The probe's middleware: the session, and little else, because little else is tested here.

use salon::{
    http::MiddlewareList,
    middleware::{StartSession, VerifyCsrfToken},
    routing::MiddlewareGroups,
};

use crate::by_hand::attach;

pub(crate) struct Kernel;

impl salon::Kernel for Kernel {
    fn groups(&self) -> MiddlewareGroups {
        MiddlewareGroups::new()
            .group("web", MiddlewareList::new().with(StartSession))
            .group("forms", MiddlewareList::new().with(StartSession).with(VerifyCsrfToken::new()))
            .group("by-hand", MiddlewareList::new().with(attach).with(StartSession))
            .group("bare", MiddlewareList::new())
    }
}
