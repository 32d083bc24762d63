//! The query string of the URL.

use http::StatusCode;
use serde::de::DeserializeOwned;

use super::FromRequestParts;
use crate::http::{Error, Request};

/// The query string, parsed into a type. Responds with 400 if it does not fit.
///
/// ```
/// use salon::http::extract::Query;
///
/// #[derive(serde::Deserialize)]
/// struct Page {
///     page: Option<u32>,
/// }
///
/// async fn index(Query(query): Query<Page>) -> String {
///     format!("page {}", query.page.unwrap_or(1))
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts for Query<T> {
    async fn from_request_parts(request: &mut Request) -> Result<Self, Error> {
        let query = serde_html_form::from_str(request.query().unwrap_or_default())
            .map_err(|error| Error::new(StatusCode::BAD_REQUEST, format!("The query string is invalid: {error}.")))?;
        Ok(Self(query))
    }
}
