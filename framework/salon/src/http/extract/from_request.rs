//! The two traits of extractors.

use crate::http::{Error, Request};

/// Marks [`FromRequest`] for types that take the whole request.
#[derive(Clone, Copy, Debug)]
pub enum ViaRequest {}

/// Marks [`FromRequest`] for types that only need parts of it.
#[derive(Clone, Copy, Debug)]
pub enum ViaParts {}

/// A handler argument that only reads the request. There may be any number of them, at any position.
///
/// ```
/// use salon::http::{Error, Request, extract::FromRequestParts};
///
/// struct Locale(String);
///
/// impl FromRequestParts for Locale {
///     async fn from_request_parts(request: &mut Request) -> Result<Self, Error> {
///         Ok(Locale(request.header("accept-language").unwrap_or("en").to_owned()))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an extractor, so it cannot be the argument of a handler",
    note = "only a handler's last argument may take the body: move `Form`, `Json`, `Request`, `String` … to the end"
)]
pub trait FromRequestParts: Sized {
    /// Creates the argument.
    fn from_request_parts(request: &mut Request) -> impl Future<Output = Result<Self, Error>> + Send;
}

/// A handler argument that consumes the request, above all its body. There may be one, in the last position.
#[diagnostic::on_unimplemented(message = "`{Self}` is not an extractor, so it cannot be the argument of a handler")]
pub trait FromRequest<M = ViaRequest>: Sized {
    /// Creates the argument.
    fn from_request(request: Request) -> impl Future<Output = Result<Self, Error>> + Send;
}

impl<T: FromRequestParts> FromRequest<ViaParts> for T {
    async fn from_request(mut request: Request) -> Result<Self, Error> {
        T::from_request_parts(&mut request).await
    }
}
