//! Handlers: async functions over extractors.

use std::marker::PhantomData;

use futures_util::future::BoxFuture;

use crate::http::{
    IntoResponse, Request, Response,
    endpoint::Endpoint,
    extract::{FromRequest, FromRequestParts},
    panicked::catch_panic,
};

/// An async function whose arguments are extractors, up to twelve, and whose return value converts into a response.
/// There is nothing to implement: every such function is a handler. Only the last argument may consume the body.
///
/// ```
/// use salon::{http::{Result, extract::{Form, Path}}, routing::Router};
///
/// async fn home() -> &'static str {
///     "Welcome"
/// }
///
/// async fn rename(Path(id): Path<u64>, Form(fields): Form<Vec<(String, String)>>) -> Result<String> {
///     Ok(format!("{id} has {} new fields", fields.len()))
/// }
///
/// let mut route = Router::new();
/// route.get("/", home);
/// route.post("/users/{id}", rename);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler",
    label = "must be an async function over extractors that returns a response",
    note = "each argument must implement `FromRequestParts`, the last one may implement `FromRequest`",
    note = "the return value must implement `IntoResponse`, and the future must be `Send`: do not hold a `&Request` across an `.await`"
)]
pub trait Handler<T>: Send + Sync + 'static {
    /// Extracts the arguments, and runs the function.
    fn call(&self, request: Request) -> impl Future<Output = Response> + Send;
}

impl<F, Fut> Handler<()> for F
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output: IntoResponse> + Send,
{
    async fn call(&self, _: Request) -> Response {
        self().await.into_response()
    }
}

macro_rules! handler {
    ($last:ident $($part:ident)*) => {
        #[allow(non_snake_case, unused_mut)]
        impl<F, Fut, M, $($part,)* $last> Handler<(M, $($part,)* $last)> for F
        where
            F: Fn($($part,)* $last) -> Fut + Send + Sync + 'static,
            Fut: Future<Output: IntoResponse> + Send,
            $($part: FromRequestParts + Send,)*
            $last: FromRequest<M> + Send,
        {
            async fn call(&self, mut request: Request) -> Response {
                $(let $part = match $part::from_request_parts(&mut request).await {
                    Ok(part) => part,
                    Err(error) => return error.into_response(),
                };)*
                match $last::from_request(request).await {
                    Ok($last) => self($($part,)* $last).await.into_response(),
                    Err(error) => error.into_response(),
                }
            }
        }
    };
}

handler!(T12);
handler!(T12 T1);
handler!(T12 T1 T2);
handler!(T12 T1 T2 T3);
handler!(T12 T1 T2 T3 T4);
handler!(T12 T1 T2 T3 T4 T5);
handler!(T12 T1 T2 T3 T4 T5 T6);
handler!(T12 T1 T2 T3 T4 T5 T6 T7);
handler!(T12 T1 T2 T3 T4 T5 T6 T7 T8);
handler!(T12 T1 T2 T3 T4 T5 T6 T7 T8 T9);
handler!(T12 T1 T2 T3 T4 T5 T6 T7 T8 T9 T10);
handler!(T12 T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11);

/// A handler with its type erased.
pub(super) struct HandlerEndpoint<H, T> {
    handler: H,
    arguments: PhantomData<fn() -> T>,
}

impl<H, T> HandlerEndpoint<H, T> {
    pub(super) const fn new(handler: H) -> Self {
        Self { handler, arguments: PhantomData }
    }
}

impl<H: Handler<T>, T: 'static> Endpoint for HandlerEndpoint<H, T> {
    fn call(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(catch_panic(self.handler.call(request)))
    }
}
