//! Where a request comes from.

use std::sync::Arc;

/// Where a request comes from, written to the record at a login.
#[derive(Clone, Debug, Default)]
pub(crate) struct Client {
    pub(crate) address: Option<Arc<str>>,
    /// What the browser calls itself.
    pub(crate) agent: Option<Arc<str>>,
}
