//! The request itself, and its raw body.

use bytes::Bytes;
use http::StatusCode;

use super::FromRequest;
use crate::http::{BODY_LIMIT, Body, Error, Request};

impl FromRequest for Request {
    async fn from_request(request: Request) -> Result<Self, Error> {
        Ok(request)
    }
}

impl FromRequest for Body {
    async fn from_request(request: Request) -> Result<Self, Error> {
        Ok(request.into_body())
    }
}

/// Reads at most [`BODY_LIMIT`] bytes.
impl FromRequest for Bytes {
    async fn from_request(request: Request) -> Result<Self, Error> {
        Ok(request.into_body().collect(BODY_LIMIT).await?)
    }
}

/// Reads at most [`BODY_LIMIT`] bytes of UTF-8.
impl FromRequest for String {
    async fn from_request(request: Request) -> Result<Self, Error> {
        let bytes = request.into_body().collect(BODY_LIMIT).await?;
        Self::from_utf8(bytes.into()).map_err(|error| Error::from(error).with_status(StatusCode::BAD_REQUEST))
    }
}
