//! `SecureHeaders`: what browsers should not do with an app's answers.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::http::{Middleware, Next, Request, Response};

/// Tells browsers not to guess content types, not to show the app inside other sites, and not to tell those where a visitor
/// came from. A header that the handler has set stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct SecureHeaders;

const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN")),
    (header::REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin")),
];

impl Middleware for SecureHeaders {
    async fn handle(&self, request: Request, next: Next) -> Response {
        let mut response = next.run(request).await;
        add(response.headers_mut());
        response
    }
}

fn add(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(value);
    }
}
