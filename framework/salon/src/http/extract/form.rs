//! Urlencoded forms.

use http::StatusCode;
use serde::de::DeserializeOwned;

use super::FromRequest;
use crate::http::{Error, Request};

/// A urlencoded form, parsed into a type; at most [`BODY_LIMIT`](crate::http::BODY_LIMIT) bytes. A repeated field fills
/// a list.
///
/// Responds with 415 if the body is not a form, 413 if it is too large, and 422 if it does not fit the type.
///
/// ```
/// use salon::http::extract::Form;
///
/// #[derive(serde::Deserialize)]
/// struct Entry {
///     name: String,
///     #[serde(default)]
///     tags: Vec<String>,
/// }
///
/// async fn store(Form(entry): Form<Entry>) -> String {
///     format!("{} with {} tags", entry.name, entry.tags.len())
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Form<T> {
    async fn from_request(mut request: Request) -> Result<Self, Error> {
        let bytes = request.form_bytes().await?;
        let form = serde_html_form::from_bytes(&bytes)
            .map_err(|error| Error::new(StatusCode::UNPROCESSABLE_ENTITY, format!("The form is invalid: {error}.")))?;
        Ok(Self(form))
    }
}
