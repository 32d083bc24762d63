//! Parts of the head, and the session.

use std::sync::Arc;

use http::{HeaderMap, Method, Uri};

use super::FromRequestParts;
use crate::{
    http::{Context, Error, Request},
    session::Session,
};

/// The session that `StartSession` attached. Without one, the response is a 500 that names the kernel.
impl FromRequestParts for Session {
    async fn from_request_parts(request: &mut Request) -> Result<Self, Error> {
        request.session()
    }
}

impl FromRequestParts for Arc<Context> {
    async fn from_request_parts(request: &mut Request) -> Result<Self, Error> {
        Ok(Self::clone(request.context()))
    }
}

impl FromRequestParts for HeaderMap {
    async fn from_request_parts(request: &mut Request) -> Result<Self, Error> {
        Ok(request.headers().clone())
    }
}

impl FromRequestParts for Method {
    async fn from_request_parts(request: &mut Request) -> Result<Self, Error> {
        Ok(request.method().clone())
    }
}

impl FromRequestParts for Uri {
    async fn from_request_parts(request: &mut Request) -> Result<Self, Error> {
        Ok(request.uri().clone())
    }
}
