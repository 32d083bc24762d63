//! The client of a request.

use std::sync::Arc;

/// The address and the browser of a request, which are written to the record at a login.
#[derive(Clone, Debug, Default)]
pub(crate) struct Client {
    pub(crate) address: Option<Arc<str>>,
    /// The `User-Agent`.
    pub(crate) agent: Option<Arc<str>>,
}
