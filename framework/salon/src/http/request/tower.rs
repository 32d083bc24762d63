//! Conversions for tower services, which only know the `http` crate's request.

use super::Request;
use crate::http::{Body, context::Stashed};

/// For tower services: the context travels in the request's extensions.
impl From<Request> for http::Request<Body> {
    fn from(request: Request) -> Self {
        let Request { mut inner, context } = request;
        inner.extensions_mut().insert(Stashed(context));
        *inner
    }
}

/// The error if a request returns without its context: a tower layer created a new request, or cleared the extensions.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a tower layer dropped the extensions of the request: the layer must pass on the request that it received")]
pub struct MissingContext;

/// The reverse of [`Request`]'s conversion for tower.
impl TryFrom<http::Request<Body>> for Request {
    type Error = MissingContext;

    fn try_from(mut request: http::Request<Body>) -> Result<Self, MissingContext> {
        let Stashed(context) = request.extensions_mut().remove().ok_or(MissingContext)?;
        Ok(Self { inner: Box::new(request), context })
    }
}
