//! The probe's middleware: nothing but the session, for nothing else is tried here.

use salon::{http::MiddlewareList, middleware::StartSession, routing::MiddlewareGroups};

use crate::by_hand::attach;

pub(crate) struct Kernel;

impl salon::Kernel for Kernel {
    fn groups(&self) -> MiddlewareGroups {
        MiddlewareGroups::new()
            .group("web", MiddlewareList::new().with(StartSession))
            .group("by-hand", MiddlewareList::new().with(attach).with(StartSession))
            .group("bare", MiddlewareList::new())
    }
}
