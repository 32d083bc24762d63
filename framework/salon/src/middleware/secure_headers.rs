//! `SecureHeaders`: restricts what browsers may do with an app's responses.

use http::{HeaderName, HeaderValue, header};

use crate::http::{Middleware, Next, Request, Response};

/// Tells browsers not to guess content types, not to embed the app in other sites, and not to reveal to other sites
/// where a visitor came from. A header that the handler has set is kept.
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
        for (name, value) in HEADERS {
            response.headers_mut().entry(name).or_insert(value);
        }
        response
    }
}
