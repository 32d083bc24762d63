//! The extractor `Validated`.

use std::ops::Deref;

use garde::{Report, Validate, with_i18n};
use serde::de::DeserializeOwned;

use super::{ErrorBag, english::English, form_input, rejection::reject};
use crate::http::{
    Error, Json, Request,
    extract::{Form, FromRequest},
};

/// A [`Form`] or [`Json`] body that passed the rules of its type, which are garde's.
///
/// Invalid input never reaches the handler. A browser is redirected back to the form, where `errors(field=)` shows what
/// is wrong and `old(field=)` what was typed (never passwords and other secrets). A client that prefers JSON gets a 422
/// with the errors.
///
/// ```
/// use garde::Validate;
/// use salon::prelude::*;
/// use serde::Deserialize;
///
/// #[derive(Deserialize, Validate)]
/// struct Entry {
///     #[garde(length(chars, min = 1, max = 40))]
///     name: String,
///     #[garde(length(chars, min = 1, max = 500))]
///     message: String,
/// }
///
/// async fn store(entry: Validated<Form<Entry>>) -> Redirect {
///     redirect().route("guestbook").with("success", format!("Thank you, {}!", entry.name))
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Validated<T>(T);

impl<T> Validated<Form<T>> {
    /// Returns the input.
    pub fn into_inner(self) -> T {
        self.0.0
    }
}

impl<T> Validated<Json<T>> {
    /// Returns the input.
    pub fn into_inner(self) -> T {
        self.0.0
    }
}

impl<T> Deref for Validated<Form<T>> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.0
    }
}

impl<T> Deref for Validated<Json<T>> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.0
    }
}

impl<T> FromRequest for Validated<Form<T>>
where
    T: DeserializeOwned + Validate<Context: Default>,
{
    async fn from_request(mut request: Request) -> Result<Self, Error> {
        let bytes = request.form_bytes().await?;
        let value = form_input::read(&bytes).and_then(validate);
        match value {
            Ok(value) => Ok(Self(Form(value))),
            Err(errors) => {
                let input = form_input::old_input(request.query().unwrap_or_default(), &bytes);
                Err(reject(&request, &errors, &input))
            }
        }
    }
}

impl<T> FromRequest for Validated<Json<T>>
where
    T: DeserializeOwned + Validate<Context: Default>,
{
    async fn from_request(mut request: Request) -> Result<Self, Error> {
        let bytes = request.json_bytes().await?;
        let value = form_input::read_json(&bytes).and_then(validate);
        match value {
            Ok(value) => Ok(Self(Json(value))),
            Err(errors) => Err(reject(&request, &errors, &serde_json::from_slice(&bytes).unwrap_or_default())),
        }
    }
}

fn validate<T: Validate<Context: Default>>(value: T) -> Result<T, ErrorBag> {
    match with_i18n(English, || value.validate()) {
        Ok(()) => Ok(value),
        Err(report) => Err(by_field(&report)),
    }
}

fn by_field(report: &Report) -> ErrorBag {
    let mut errors = ErrorBag::new();
    for (path, error) in report.iter() {
        errors.add(path.to_string(), error.message());
    }
    errors
}
