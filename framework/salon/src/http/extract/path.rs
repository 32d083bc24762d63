//! The parameters of the route.

use http::StatusCode;
use serde::de::DeserializeOwned;

use super::{
    FromRequestParts,
    path_deserializer::{ParamsDeserializer, PathError},
};
use crate::http::{Error, Request};

/// The route's parameters, percent-decoded: one value, a tuple in their order, or a struct by their names.
///
/// A value that does not parse (`/users/x` where a number is expected) is a 404, because there is no such page. A type
/// that cannot fit the route, whatever the visitor sends, is a 500.
///
/// ```
/// use salon::http::extract::Path;
///
/// // /users/{id}
/// async fn show(Path(id): Path<u64>) -> String {
///     format!("user {id}")
/// }
///
/// // /{year}/{slug}
/// async fn post(Path((year, slug)): Path<(u16, String)>) -> String {
///     format!("{slug} of {year}")
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts for Path<T> {
    async fn from_request_parts(request: &mut Request) -> Result<Self, Error> {
        let params: Vec<(&str, &str)> = request.params().collect();
        let value = T::deserialize(ParamsDeserializer(&params)).map_err(|error| {
            let status = match error {
                PathError::Value(_) => StatusCode::NOT_FOUND,
                PathError::Shape(_) => StatusCode::INTERNAL_SERVER_ERROR,
            };
            Error::from(error).with_status(status)
        })?;
        Ok(Self(value))
    }
}
