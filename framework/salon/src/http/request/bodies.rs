//! The body of a request, read up to a limit.

use std::mem;

use bytes::Bytes;
use http::StatusCode;

use super::Request;
use crate::http::{Body, Error};

/// The maximum size of a form or JSON body in bytes, unless the middleware [`BodyLimit`](crate::middleware::BodyLimit) says
/// otherwise: 2 MiB.
pub const BODY_LIMIT: usize = 2 * 1024 * 1024;

impl Request {
    /// Takes the body and leaves an empty one.
    #[must_use]
    pub fn take_body(&mut self) -> Body {
        mem::take(self.inner.body_mut())
    }

    /// Returns the body and drops the rest of the request.
    #[must_use]
    pub fn into_body(self) -> Body {
        self.inner.into_body()
    }

    /// Reads a JSON body of at most [`BODY_LIMIT`] bytes, or as many as [`BodyLimit`](crate::middleware::BodyLimit) says, and puts it back for the next reader.
    ///
    /// # Errors
    /// Returns a 415 if the content type is not JSON, a 413 if the body is too large, and a 400 if it breaks off.
    pub async fn json_bytes(&mut self) -> Result<Bytes, Error> {
        if !self.is_json() {
            // Other sites can send JSON labelled as plain text without a CORS preflight.
            let message = "The body must be JSON: send the content type application/json.";
            return Err(Error::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
        self.buffered_body(self.context.body_limit()).await
    }

    /// Reads a urlencoded form of at most [`BODY_LIMIT`] bytes, or as many as [`BodyLimit`](crate::middleware::BodyLimit) says, and puts the body back for the next reader.
    ///
    /// # Errors
    /// Returns a 415 if the content type is not a urlencoded form, a 413 if the body is too large, and a 400 if it
    /// breaks off.
    pub async fn form_bytes(&mut self) -> Result<Bytes, Error> {
        if !self.is_form() {
            let message = "The body must be a form: send the content type application/x-www-form-urlencoded.";
            return Err(Error::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
        self.buffered_body(self.context.body_limit()).await
    }

    /// Reads the whole body of at most `limit` bytes, and puts it back for the next reader.
    ///
    /// # Errors
    /// Returns a 413 if the body is too large, and a 400 if it breaks off.
    pub async fn buffered_body(&mut self, limit: usize) -> Result<Bytes, Error> {
        let bytes = self.take_body().collect(limit).await?;
        *self.inner.body_mut() = bytes.clone().into();
        Ok(bytes)
    }

    /// Returns the first field of this name in a urlencoded body, or `None` if the body has another type. The body is
    /// put back.
    ///
    /// # Errors
    /// Returns a 413 if the form is too large, and a 400 if it breaks off.
    pub async fn form_field(&mut self, name: &str) -> Result<Option<String>, Error> {
        if !self.is_form() {
            return Ok(None);
        }
        let bytes = self.form_bytes().await?;
        let pairs: Vec<(String, String)> = serde_html_form::from_bytes(&bytes)
            .map_err(|error| Error::from(error).with_status(StatusCode::BAD_REQUEST))?;
        Ok(pairs.into_iter().find_map(|(key, value)| (key == name).then_some(value)))
    }
}
