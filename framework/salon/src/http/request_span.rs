//! The span of a request, for `TraceLayer`.

use http::Request;
use tracing::Span;

/// Creates a span that names a request by its method and path, at the level `debug`.
///
/// It leaves out the query, which `TraceLayer` includes by default: a password reset link carries its secret there, and
/// many people read a log.
///
/// ```
/// use salon::http::{MiddlewareList, request_span};
/// use tower_http::trace::TraceLayer;
///
/// let list = MiddlewareList::new().layer(TraceLayer::new_for_http().make_span_with(request_span));
/// assert_eq!(format!("{list:?}"), r#"["TraceLayer"]"#);
/// ```
#[must_use]
pub fn request_span<B>(request: &Request<B>) -> Span {
    tracing::debug_span!("request", method = %request.method(), path = request.uri().path(), version = ?request.version())
}
