//! Static files from `resources/public`, for paths without a route.

use std::{io, path::Path};

use futures_util::future::BoxFuture;
use http::{HeaderValue, StatusCode, header};
use tower_http::services::ServeDir;

use crate::http::{Body, Error, IntoResponse, Request, Response, endpoint::Endpoint};

/// A file whose URL contains its version never changes under that URL.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

pub(super) struct PublicFiles(ServeDir);

impl PublicFiles {
    pub(super) fn new(root: &Path) -> Self {
        Self(ServeDir::new(root.join("resources/public")).append_index_html_on_directories(false))
    }
}

impl Endpoint for PublicFiles {
    fn call(&self, request: Request) -> BoxFuture<'_, Response> {
        let mut files = self.0.clone();
        Box::pin(async move {
            let is_versioned = request.query().is_some_and(|query| query.starts_with("v="));
            let response = match files.try_call(http::Request::<Body>::from(request)).await {
                Ok(response) if response.status() != StatusCode::NOT_FOUND => response,
                Err(error) if !is_no_file(&error) => return Error::from(error).into_response(),
                Ok(_) | Err(_) => return Error::not_found().into_response(),
            };
            let mut response = response.map(Body::new);
            if is_versioned && response.status().is_success() {
                response.headers_mut().insert(header::CACHE_CONTROL, FOR_EVER);
            }
            response
        })
    }
}

/// True if the error means that there can be no such file, because a URL may be anything, of any length.
fn is_no_file(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidFilename, InvalidInput, NotADirectory, NotFound, PermissionDenied};
    matches!(error.kind(), NotFound | PermissionDenied | NotADirectory | InvalidFilename | InvalidInput)
}
