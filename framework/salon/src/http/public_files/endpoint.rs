//! Answers requests for public files.

use std::{fs, io, sync::Arc};

use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use tower_http::services::ServeFile;

use super::{
    file::{PublicFile, Stamp},
    folder::{PublicFolder, is_no_file},
    range::{self, Wanted},
};
use crate::http::{Body, Error, IntoResponse, Request, Response, endpoint::Endpoint};

/// A URL with the version of the content always leads to the same content.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// A URL without a version may lead to other content soon.
const FOR_A_MINUTE: HeaderValue = HeaderValue::from_static("public, max-age=60");
/// Caches ask each time whether the file has changed.
const REVALIDATED: HeaderValue = HeaderValue::from_static("no-cache");

/// Serves the files of a folder to `GET` and `HEAD`.
pub(crate) struct PublicFiles {
    folder: Arc<PublicFolder>,
    unversioned: HeaderValue,
}

impl PublicFiles {
    /// Serves the files of this folder. In development, a change of a file shows on the next request.
    pub(crate) fn new(folder: Arc<PublicFolder>, is_development: bool) -> Self {
        Self { folder, unversioned: if is_development { REVALIDATED } else { FOR_A_MINUTE } }
    }

    /// Returns `None` if there is no such file.
    async fn respond(&self, request: Request) -> io::Result<Option<Response>> {
        let (head, _) = http::Request::from(request).into_parts();
        let (folder, path) = (Arc::clone(&self.folder), head.uri.path().to_owned());
        let asked_for = version(head.uri.query()).map(str::to_owned);
        let is_versioned = asked_for.is_some();
        let found = blocking(move || {
            let Some(file) = folder.find(&path)? else { return Ok(None) };
            let is_current = match asked_for {
                Some(asked_for) => asked_for == folder.version(&file)?,
                None => false,
            };
            Ok(Some((file, is_current)))
        });
        let Some((file, is_current)) = found.await? else { return Ok(None) };
        let mut response = file.answer(&head.method, &head.headers).await?;
        if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
            // The file may have been replaced after its version was determined.
            let cache = if is_current && file.is_unchanged().await? {
                FOR_EVER
            } else if is_versioned {
                REVALIDATED
            } else {
                self.unversioned.clone()
            };
            response.headers_mut().insert(header::CACHE_CONTROL, cache);
        }
        Ok(Some(response))
    }
}

impl Endpoint for PublicFiles {
    fn call(&self, request: Request) -> BoxFuture<'_, Response> {
        let future = self.respond(request);
        Box::pin(async {
            match future.await {
                Ok(Some(response)) => response,
                // A file that may not be read, or that has been removed meanwhile, is an error of opening it.
                Err(error) if !is_no_file(&error) => Error::from(error).into_response(),
                Ok(None) | Err(_) => Error::not_found().into_response(),
            }
        })
    }
}

impl PublicFile {
    async fn answer(&self, method: &Method, headers: &HeaderMap) -> io::Result<Response> {
        let wanted = Wanted::new(method, headers, self.stamp.length);
        let part = match &wanted {
            Wanted::Part(part) => HeaderValue::try_from(format!("bytes={}-{}", part.start(), part.end())).ok(),
            Wanted::Whole | Wanted::Unsatisfiable => None,
        };
        let response = self.send(method, headers, part).await?;
        if !range::still_applies(headers.get(header::IF_RANGE), response.headers()) {
            let is_part = response.status() == StatusCode::PARTIAL_CONTENT;
            return if is_part { self.send(method, headers, None).await } else { Ok(response) };
        }
        // What the other conditions of the request say comes first.
        let is_refused = wanted == Wanted::Unsatisfiable && response.status() == StatusCode::OK;
        Ok(if is_refused { self.without_part(response) } else { response })
    }

    /// Answers with the whole file, or with this part of it, if the conditions of the request hold.
    async fn send(&self, method: &Method, headers: &HeaderMap, part: Option<HeaderValue>) -> io::Result<Response> {
        let mut request = http::Request::new(Body::empty());
        *request.method_mut() = method.clone();
        *request.headers_mut() = headers.clone();
        match part {
            Some(part) => request.headers_mut().insert(header::RANGE, part),
            None => request.headers_mut().remove(header::RANGE),
        };
        Ok(ServeFile::new(&self.path).try_call(request).await?.map(Body::new))
    }

    /// Returns the answer to a request for bytes that the file does not have.
    fn without_part(&self, mut response: Response) -> Response {
        *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
        *response.body_mut() = Body::empty();
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_TYPE);
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        if let Ok(range) = HeaderValue::try_from(format!("bytes */{}", self.stamp.length)) {
            headers.insert(header::CONTENT_RANGE, range);
        }
        response
    }

    async fn is_unchanged(&self) -> io::Result<bool> {
        let path = self.path.clone();
        let stamp = blocking(move || fs::metadata(path).and_then(|found| Stamp::new(&found))).await;
        Ok(stamp.is_ok_and(|stamp| stamp == self.stamp))
    }
}

/// Returns the version that a URL asks for.
fn version(query: Option<&str>) -> Option<&str> {
    query?.split('&').find_map(|pair| pair.strip_prefix("v="))
}

/// Runs what waits for the file system on a thread that may wait.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
