//! Values that providers bound in the container.

use std::{any::type_name, ops::Deref, sync::Arc};

use super::FromRequestParts;
use crate::http::{Error, Request};

/// The value that a provider bound for this type.
///
/// ```
/// use salon::http::extract::Inject;
///
/// struct Greeter {
///     greeting: &'static str,
/// }
///
/// // After `app.bind(Greeter { greeting: "Welcome" })` in the `register` of a provider:
/// async fn greet(greeter: Inject<Greeter>) -> &'static str {
///     greeter.greeting
/// }
/// ```
#[derive(Debug)]
pub struct Inject<T>(pub Arc<T>);

/// The error if nothing is bound for a type that a handler asks for.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("nothing is bound for `{name}`: bind a value in the `register` method of a provider")]
pub struct NotBound {
    name: &'static str,
}

impl<T: Send + Sync + 'static> FromRequestParts for Inject<T> {
    async fn from_request_parts(request: &mut Request) -> Result<Self, Error> {
        let value = request.context().container().get();
        Ok(Self(value.ok_or(NotBound { name: type_name::<T>() })?))
    }
}

impl<T> Deref for Inject<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Clone for Inject<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
