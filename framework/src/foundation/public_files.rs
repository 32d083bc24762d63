//! Static files: what lies under `resources/public`, for paths that no route has.

use std::path::Path;

use futures_util::future::BoxFuture;
use http::{HeaderValue, header};
use tower::ServiceExt;
use tower_http::services::ServeDir;

use crate::http::{Body, Error, IntoResponse, Request, Response, endpoint::Endpoint};

/// A file whose address carries its version never changes under that address.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

pub(super) struct PublicFiles(ServeDir);

impl PublicFiles {
    pub(super) fn new(root: &Path) -> Self {
        Self(ServeDir::new(root.join("resources/public")).append_index_html_on_directories(false))
    }
}

impl Endpoint for PublicFiles {
    fn call(&self, request: Request) -> BoxFuture<'_, Response> {
        let files = self.0.clone();
        Box::pin(async move {
            let is_versioned = request.query().is_some_and(|query| query.starts_with("v="));
            let response = match files.oneshot(http::Request::<Body>::from(request)).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            if response.status() == http::StatusCode::NOT_FOUND {
                return Error::not_found().into_response();
            }
            let mut response = response.map(Body::new);
            if is_versioned && response.status().is_success() {
                response.headers_mut().insert(header::CACHE_CONTROL, FOR_EVER);
            }
            response
        })
    }
}
