//! The two traits of extractors.

use crate::http::{Error, Request};

/// Marks [`FromRequest`] on types that take the request as a whole.
#[derive(Clone, Copy, Debug)]
pub enum ViaRequest {}

/// Marks [`FromRequest`] on types that need only parts of it.
#[derive(Clone, Copy, Debug)]
pub enum ViaParts {}

/// An argument that needs only a look at the request: any number of them, anywhere in a handler's list.
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
    message = "`{Self}` is no extractor, so no handler can ask for it",
    note = "only a handler's last argument may take the body: put `Form`, `Json`, `Request`, `String` … at the end"
)]
pub trait FromRequestParts: Sized {
    /// Makes the argument.
    fn from_request_parts(request: &mut Request) -> impl Future<Output = Result<Self, Error>> + Send;
}

/// An argument that takes the request, its body above all: one, at the end of a handler's list.
#[diagnostic::on_unimplemented(message = "`{Self}` is no extractor, so no handler can ask for it")]
pub trait FromRequest<M = ViaRequest>: Sized {
    /// Makes the argument.
    fn from_request(request: Request) -> impl Future<Output = Result<Self, Error>> + Send;
}

impl<T: FromRequestParts> FromRequest<ViaParts> for T {
    async fn from_request(mut request: Request) -> Result<Self, Error> {
        T::from_request_parts(&mut request).await
    }
}
