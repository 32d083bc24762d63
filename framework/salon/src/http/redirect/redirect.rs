//! The builder of a redirect.

use std::{borrow::Cow, fmt::Display};

use http::{HeaderValue, StatusCode, header};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;

use super::{flashes::Flashes, target::Target};
use crate::{
    http::{Error, IntoResponse, Response, session},
    validation::ErrorBag,
};

/// Characters that `Location` must encode, above all line breaks.
const LOCATION: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`');

/// A redirect under construction, with status 303 by default. Anything wrong with it is reported as an error when it
/// becomes a response.
///
/// ```
/// use salon::http::{IntoResponse, redirect};
///
/// let response = redirect().to("/guestbook").into_response();
/// assert_eq!(response.status(), 303);
/// assert_eq!(response.headers()["location"], "/guestbook");
/// ```
#[derive(Debug)]
#[must_use = "a redirect does nothing until it is returned"]
pub struct Redirect {
    target: Target,
    status: StatusCode,
    flashes: Flashes,
    error: Option<Error>,
}

/// Creates a redirect to `/`, which the methods change: `redirect().route("home").with("success", "Thank you!")`.
pub const fn redirect() -> Redirect {
    Redirect {
        target: Target::Path(Cow::Borrowed("/")),
        status: StatusCode::SEE_OTHER,
        flashes: Flashes::new(),
        error: None,
    }
}

impl Redirect {
    /// Redirects to a path or URL that the app knows. Pass anything that a visitor sent through
    /// [`local_path`](super::local_path) first.
    pub fn to(mut self, location: impl Into<Cow<'static, str>>) -> Self {
        self.target = Target::Path(location.into());
        self
    }

    /// Redirects to a named route.
    pub fn route(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.target = Target::Route { name: name.into(), params: Vec::new() };
        self
    }

    /// Redirects to a named route with parameters: `.route_with("users.show", [("id", 7)])`.
    pub fn route_with<K: Into<String>, V: Display>(
        mut self,
        name: impl Into<Cow<'static, str>>,
        params: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let params = params.into_iter().map(|(key, value)| (key.into(), value.to_string())).collect();
        self.target = Target::Route { name: name.into(), params };
        self
    }

    /// Redirects to where the visitor came from: the page in `Referer` if it is on this site, else the session's
    /// previous page, else `/`. It never redirects to another site, and no cache stores it.
    pub fn back(mut self) -> Self {
        self.target = Target::Back { fallback: Cow::Borrowed("/") };
        self
    }

    /// Sets where [`back`](Self::back) goes if the previous page is unknown.
    pub fn fallback(mut self, path: impl Into<Cow<'static, str>>) -> Self {
        if let Target::Back { fallback } = &mut self.target {
            *fallback = path.into();
        }
        self
    }

    /// Sets another status: 301, 302, 307 or 308.
    pub const fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Flashes a value for the next page to show. A second value with the same key replaces the first.
    pub fn with(self, key: impl Into<String>, value: impl Serialize) -> Self {
        let key = key.into();
        self.flash(value, |flashes, value| flashes.values.push((key, value)))
    }

    /// Flashes the form's input, for `old(field=)` on the next page. Secrets are left out. Input of several calls is
    /// combined; if a field occurs in two of them, the later one counts.
    pub fn with_input(self, input: impl Serialize) -> Self {
        self.flash(input, Flashes::add_input)
    }

    /// Flashes errors, for `errors(field=)` on the next page. Errors of several calls are combined; if a field occurs
    /// in two of them, the later one counts.
    pub fn with_errors(mut self, errors: ErrorBag) -> Self {
        self.flashes.add_errors(None, errors);
        self
    }

    /// Flashes errors in a bag of their own, for `errors(field=, bag=)` on the next page: for a page with several forms.
    ///
    /// ```
    /// use salon::{http::{Redirect, redirect}, validation::ErrorBag};
    ///
    /// async fn subscribe() -> Redirect {
    ///     let mut errors = ErrorBag::new();
    ///     errors.add("email", "This address has already subscribed.");
    ///     redirect().back().with_errors_in("newsletter", errors)
    /// }
    /// ```
    pub fn with_errors_in(mut self, bag: impl Into<String>, errors: ErrorBag) -> Self {
        self.flashes.add_errors(Some(bag.into()), errors);
        self
    }

    /// Flashes the error of one field, like [`with_errors`](Self::with_errors).
    ///
    /// ```
    /// use salon::http::{Redirect, redirect};
    ///
    /// async fn login() -> Redirect {
    ///     redirect().back().with_error("email", "The e-mail address or the password is wrong.")
    /// }
    /// ```
    pub fn with_error(self, field: impl Into<String>, message: impl Into<String>) -> Self {
        let mut errors = ErrorBag::new();
        errors.add(field, message);
        self.with_errors(errors)
    }

    fn flash(mut self, value: impl Serialize, add: impl FnOnce(&mut Flashes, Value)) -> Self {
        match serde_json::to_value(value) {
            Ok(value) => add(&mut self.flashes, value),
            Err(error) => self.error = Some(error.into()),
        }
        self
    }

    fn respond(self) -> Result<Response, Error> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if !self.flashes.is_empty() {
            self.flashes.store(&session()?)?;
        }
        // Where it leads differs from visitor to visitor.
        let is_personal = matches!(self.target, Target::Back { .. });
        let location = self.target.location()?;
        let location: Cow<'_, str> = utf8_percent_encode(&location, LOCATION).into();
        let location = HeaderValue::try_from(location.as_ref())?;
        let mut response = (self.status, [(header::LOCATION, location)], ()).into_response();
        if is_personal {
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        Ok(response)
    }
}

impl IntoResponse for Redirect {
    fn into_response(self) -> Response {
        self.respond().into_response()
    }
}
