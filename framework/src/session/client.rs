//! Where a request comes from.

use std::sync::Arc;

/// Where the request comes from, noted on the record at a login.
#[derive(Clone, Debug, Default)]
pub(crate) struct Client {
    pub(crate) address: Option<Arc<str>>,
    pub(crate) agent: Option<Arc<str>>,
}
