//! A route with its chain of middleware.

use std::sync::Arc;

use crate::http::{RouteInfo, middleware::Stack};

/// A route with its chain of middleware.
#[derive(Clone)]
pub(super) struct CompiledRoute {
    pub(super) info: Arc<RouteInfo>,
    pub(super) stack: Arc<Stack>,
    /// How startup errors refer to it.
    pub(super) shown: String,
}
