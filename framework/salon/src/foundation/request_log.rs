//! One line of the log for each request.

use std::time::Instant;

use http::Uri;
use tracing::{Instrument, Level, Span};

use crate::http::{Body, Context, Response};

/// Returns the path of a request for the log. The query is left out, and what follows a `;` in the path: there a link carries
/// its secret, or another server its session id, and many people read a log.
pub(super) fn path(uri: &Uri) -> &str {
    uri.path().split(';').next().unwrap_or_default()
}

/// Names a request in every event that is logged while it is handled. In development the level is `info`, and otherwise
/// `debug`. Returns `None` if requests are not logged.
pub(super) fn span(request: &http::Request<Body>, context: &Context, is_development: bool) -> Option<Span> {
    let is_logged = if is_development {
        tracing::enabled!(target: "salon::request", Level::INFO)
    } else {
        tracing::enabled!(target: "salon::request", Level::DEBUG)
    };
    is_logged.then(|| {
        let (method, path, id) = (request.method().as_str(), path(request.uri()), context.request_id());
        if is_development {
            tracing::info_span!(target: "salon::request", "request", method, path, id)
        } else {
            tracing::debug_span!(target: "salon::request", "request", method, path, id)
        }
    })
}

/// Handles a request, and logs how it was answered, at the level of its span.
pub(super) async fn logged(answer: impl Future<Output = Response>, span: Span) -> Response {
    let began = Instant::now();
    let is_development = span.metadata().is_some_and(|metadata| *metadata.level() == Level::INFO);
    let handled = async {
        let response = answer.await;
        let (status, took) = (response.status().as_u16(), format_args!("{:.1?}", began.elapsed()));
        if is_development {
            tracing::info!(target: "salon::request", status, %took, "answered");
        } else {
            tracing::debug!(target: "salon::request", status, %took, "answered");
        }
        response
    };
    handled.instrument(span).await
}
