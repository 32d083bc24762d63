//! The response to invalid input.

use http::{StatusCode, header};
use serde_json::Value;

use super::ErrorBag;
use crate::http::{Error, IntoResponse, Request, redirect};

/// The text for the log. Visitors see the errors of each field.
#[derive(Debug, thiserror::Error)]
#[error("the input is invalid: {0}")]
struct Invalid(String);

/// Redirects back to the form, with the errors and the input flashed. Clients that prefer JSON, and routes without a
/// session, get a 422 that lists the errors.
pub(super) fn reject(request: &Request, errors: &ErrorBag, input: &Value) -> Error {
    let fields: Vec<&str> = errors.iter().map(|(field, _)| field).collect();
    let source = Invalid(fields.join(", "));
    let error = Error::new(StatusCode::UNPROCESSABLE_ENTITY, "Some fields are invalid.").with_source(source);
    match request.try_session() {
        Some(session) if !request.expects_json() => {
            if let Err(error) = session.flash_errors(errors).and_then(|()| session.flash_input(input)) {
                return error.into();
            }
            let back = redirect().back().into_response();
            match back.headers().get(header::LOCATION) {
                Some(location) => {
                    error.with_status(StatusCode::SEE_OTHER).with_header(header::LOCATION, location.clone())
                }
                None => error,
            }
        }
        _ => error.with_details("errors", errors),
    }
}
