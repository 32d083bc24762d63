//! The span of a request, for `TraceLayer`.

use http::Request;
use tracing::Span;

/// A span that names a request by its method and path, at the level `debug`.
///
/// Not by its query, as `TraceLayer` does by itself: a link that resets a password carries its secret there, and a log is
/// read by many.
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
