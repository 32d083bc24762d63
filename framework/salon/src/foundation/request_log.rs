//! One line of the log for each request.

use std::time::Instant;

use tracing::{Instrument, Span};

use crate::http::{Body, Response};

/// Names a request in every event that is logged while it is handled. The query is left out: a password reset link carries
/// its secret there, and many people read a log. In development the level is `info`, and otherwise `debug`.
pub(super) fn span(request: &http::Request<Body>, is_development: bool) -> Span {
    let (method, path) = (request.method().as_str(), request.uri().path());
    if is_development {
        tracing::info_span!(target: "salon::request", "request", method, path)
    } else {
        tracing::debug_span!(target: "salon::request", "request", method, path)
    }
}

/// Handles a request, and logs how it was answered, at the level of its span.
pub(super) async fn logged(answer: impl Future<Output = Response>, span: Span) -> Response {
    if span.is_disabled() {
        return answer.await;
    }
    let began = Instant::now();
    let is_development = span.metadata().is_some_and(|metadata| *metadata.level() == tracing::Level::INFO);
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
