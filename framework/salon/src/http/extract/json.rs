//! JSON, in both directions.

use http::StatusCode;
use serde::de::DeserializeOwned;

use super::FromRequest;
use crate::http::{Error, Request};

/// JSON. As an argument: a JSON body, parsed into a type; at most [`BODY_LIMIT`](crate::http::BODY_LIMIT) bytes. As a
/// response: a JSON body.
///
/// Responds with 415 if the body is not declared as JSON, 413 if it is too large, 400 if it is not JSON, and 422 if it
/// does not fit the type.
///
/// ```
/// use salon::http::extract::Json;
///
/// async fn double(Json(number): Json<i64>) -> Json<i64> {
///     Json(number.saturating_mul(2))
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Json<T> {
    async fn from_request(mut request: Request) -> Result<Self, Error> {
        let bytes = request.json_bytes().await?;
        let value = serde_json::from_slice(&bytes).map_err(|error| {
            let status = if error.is_data() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::BAD_REQUEST };
            Error::new(status, format!("The JSON is invalid: {error}."))
        })?;
        Ok(Self(value))
    }
}
