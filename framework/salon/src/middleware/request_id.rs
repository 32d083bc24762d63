//! `RequestId`: names a request in its response, as it is named in the log.

use std::sync::Arc;

use http::HeaderValue;

use crate::http::{Middleware, Next, REQUEST_ID, Request, Response};

/// Sends the name of the request as `X-Request-Id`, so that a visitor who reports an error can say which line of the log is
/// meant. The name is that of a trusted proxy, or a random one: see [`Context::request_id`](crate::http::Context::request_id).
#[derive(Clone, Copy, Debug, Default)]
pub struct RequestId;

impl Middleware for RequestId {
    async fn handle(&self, request: Request, next: Next) -> Response {
        let context = Arc::clone(request.context());
        let mut response = next.run(request).await;
        if let Ok(id) = HeaderValue::from_str(context.request_id()) {
            response.headers_mut().entry(REQUEST_ID).or_insert(id);
        }
        response
    }
}
