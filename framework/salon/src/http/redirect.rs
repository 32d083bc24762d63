//! Redirects: to a path, to a named route, or back.

use std::{borrow::Cow, fmt::Display};

use http::{HeaderValue, StatusCode, header};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;

use super::{Context, Error, IntoResponse, NoSession, Response, UrlError, Urls, context::Origin, session};
use crate::session::{ErrorBag, Session};

/// Characters that `Location` must encode, above all line breaks.
const LOCATION: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`');

#[derive(Clone, Debug)]
enum Target {
    Path(Cow<'static, str>),
    Route { name: Cow<'static, str>, params: Vec<(String, String)> },
    Back { fallback: Cow<'static, str> },
}

/// What is stored in the session when the redirect is sent.
#[derive(Clone, Debug)]
enum Flash {
    Value(String, Value),
    Input(Value),
    Errors(ErrorBag),
}

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
    flashes: Vec<Flash>,
    error: Option<Error>,
}

/// Creates a redirect to `/`, which the methods change: `redirect().route("home").with("success", "Thank you!")`.
pub const fn redirect() -> Redirect {
    Redirect {
        target: Target::Path(Cow::Borrowed("/")),
        status: StatusCode::SEE_OTHER,
        flashes: Vec::new(),
        error: None,
    }
}

impl Redirect {
    /// Redirects to a path or URL that the app knows. Pass anything that a visitor sent through [`local_path`] first.
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
    /// previous page, else `/`. It never redirects to another site.
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

    /// Flashes a value for the next page to show.
    pub fn with(self, key: impl Into<String>, value: impl Serialize) -> Self {
        let key = key.into();
        self.flash(value, |value| Flash::Value(key, value))
    }

    /// Flashes the form's input, for `old(field=)` on the next page. Secrets are left out.
    pub fn with_input(self, input: impl Serialize) -> Self {
        self.flash(input, Flash::Input)
    }

    /// Flashes errors, for `errors(field=)` on the next page.
    pub fn with_errors(mut self, errors: ErrorBag) -> Self {
        self.flashes.push(Flash::Errors(errors));
        self
    }

    fn flash(mut self, value: impl Serialize, flash: impl FnOnce(Value) -> Flash) -> Self {
        match serde_json::to_value(value) {
            Ok(value) => self.flashes.push(flash(value)),
            Err(error) => self.error = Some(error.into()),
        }
        self
    }

    fn respond(self) -> Result<Response, Error> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if !self.flashes.is_empty() {
            flash(&session()?, self.flashes)?;
        }
        let location = self.target.location()?;
        let location: Cow<'_, str> = utf8_percent_encode(&location, LOCATION).into();
        let mut response = self.status.into_response();
        response.headers_mut().insert(header::LOCATION, HeaderValue::try_from(location.as_ref())?);
        Ok(response)
    }
}

fn flash(session: &Session, flashes: Vec<Flash>) -> Result<(), Error> {
    for flash in flashes {
        match flash {
            Flash::Value(key, value) => session.flash(&key, value)?,
            Flash::Input(input) => session.flash_input(input)?,
            Flash::Errors(errors) => session.flash_errors(&errors)?,
        }
    }
    Ok(())
}

impl Target {
    fn location(self) -> Result<Cow<'static, str>, Error> {
        match self {
            Self::Path(path) => Ok(path),
            Self::Route { name, params } => {
                let context = Context::current().ok_or(NoSession::NoRequest)?;
                let urls = context.container().get::<Urls>();
                let unknown = || UrlError::UnknownRoute { name: name.to_string(), nearest: None };
                Ok(urls.ok_or_else(unknown)?.url(&name, params)?.into())
            }
            Self::Back { fallback } => {
                let Some(context) = Context::current() else { return Ok(fallback) };
                let referer = context.origin().and_then(Origin::local_referer);
                let previous = || local_path(&context.session()?.previous_url()?).map(str::to_owned);
                Ok(referer.map(str::to_owned).or_else(previous).map_or(fallback, Cow::Owned))
            }
        }
    }
}

impl Origin {
    /// Returns path and query of the page the visitor came from, if it is on this host.
    fn local_referer(&self) -> Option<&str> {
        let (scheme, rest) = self.referer.to_str().ok()?.split_once("://")?;
        let (authority, _) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let host = match &self.host {
            Some(host) => host.to_str().ok()?,
            // In HTTP/2 the host is part of the URI.
            None => self.uri.authority()?.as_str(),
        };
        let default_port = match scheme {
            "http" => ":80",
            "https" => ":443",
            _ => return None,
        };
        let plain = |authority: &str| authority.strip_suffix(default_port).unwrap_or(authority).to_ascii_lowercase();
        if plain(authority) != plain(host) {
            return None;
        }
        let path = rest.get(authority.len()..).filter(|path| !path.is_empty()).unwrap_or("/");
        local_path(path.split('#').next().unwrap_or(path))
    }
}

/// Returns the text if every browser reads it as a path on this site; for parameters such as `?next=`.
///
/// ```
/// use salon::http::local_path;
///
/// assert_eq!(local_path("/orders?page=2"), Some("/orders?page=2"));
/// assert_eq!(local_path("//evil.example"), None);
/// assert_eq!(local_path("https://evil.example"), None);
/// ```
#[must_use]
pub fn local_path(text: &str) -> Option<&str> {
    // Browsers read `\` as `/`, and drop tabs and line breaks before they parse.
    let plain = |character: char| !character.is_control() && character != '\\';
    (text.starts_with('/') && !text.starts_with("//") && text.chars().all(plain)).then_some(text)
}

impl IntoResponse for Redirect {
    fn into_response(self) -> Response {
        self.respond().into_response()
    }
}

#[cfg(test)]
mod tests;
