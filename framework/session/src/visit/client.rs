//! Where a request comes from.

use std::sync::Arc;

/// Where the request comes from, noted on the record at a login.
#[derive(Clone, Debug, Default)]
pub struct Client {
    pub address: Option<Arc<str>>,
    pub agent: Option<Arc<str>>,
}
