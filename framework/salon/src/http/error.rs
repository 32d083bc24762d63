//! The error of handlers and middleware: any error, a status, and optionally a message for the visitor.

use std::{any::Any, borrow::Cow, error::Error as StdError, fmt, ops::Deref, panic::Location, sync::Arc};

use http::{HeaderName, HeaderValue, StatusCode, header};

use super::{BodyError, IntoResponse, Response};
use crate::session::{self, BoxError};

/// What handlers return: a value, or an [`Error`] that becomes a response.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Any error that can become a response.
///
/// Every `std::error::Error` converts into one with `?`, as a 500 whose text appears only in the log. Use
/// [`Error::new`] for errors that the visitor should read. A session store that is unavailable becomes a 503 with
/// `Retry-After: 1`, a switch to a session that does not exist a 404, and a body that is too large a 413.
///
/// ```
/// use salon::http::{Error, Result, StatusCode};
///
/// fn parse(text: &str) -> Result<u32> {
///     Ok(text.parse()?)
/// }
///
/// assert_eq!(parse("x").unwrap_err().status(), StatusCode::INTERNAL_SERVER_ERROR);
/// assert_eq!(Error::not_found().status(), StatusCode::NOT_FOUND);
/// ```
pub struct Error(Box<Details>);

struct Details {
    status: StatusCode,
    message: Option<Cow<'static, str>>,
    headers: Vec<(HeaderName, HeaderValue)>,
    source: Option<BoxError>,
    details: serde_json::Map<String, serde_json::Value>,
    location: &'static Location<'static>,
}

impl Error {
    /// Creates an error with a message that the visitor may read.
    #[must_use]
    #[track_caller]
    pub fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        let mut error = abort(status);
        error.0.message = Some(message.into());
        error
    }

    /// Creates a 404.
    #[must_use]
    #[track_caller]
    pub fn not_found() -> Self {
        abort(StatusCode::NOT_FOUND)
    }

    /// Creates a 500 from a cause that is already boxed.
    #[must_use]
    #[track_caller]
    pub fn from_boxed(source: Box<dyn StdError + Send + Sync>) -> Self {
        let mut error = abort(StatusCode::INTERNAL_SERVER_ERROR);
        error.0.source = Some(source);
        error
    }

    /// Changes the status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self
    }

    /// Stores the cause, for the log and the debug page.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Adds a header to the response, for example `Retry-After`.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// Adds a field to the JSON form of the error, for example the errors of a form. Visitors can read it.
    #[must_use]
    pub fn with_details(mut self, key: &str, value: impl serde::Serialize) -> Self {
        match serde_json::to_value(value) {
            Ok(value) => drop(self.0.details.insert(key.to_owned(), value)),
            Err(error) => tracing::error!(%error, key, "cannot write the details of an error as JSON"),
        }
        self
    }

    /// Returns the fields that the JSON form of the error has besides the message.
    #[must_use]
    pub fn details(&self) -> &serde_json::Map<String, serde_json::Value> {
        &self.0.details
    }

    /// Returns the status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Returns the message for the visitor, if there is one.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// Returns where in the code the error was created: usually the line of the `?`.
    #[must_use]
    pub fn location(&self) -> &'static Location<'static> {
        self.0.location
    }

    /// Returns the cause, if there is one. Its text may name things that a visitor must not see.
    #[must_use]
    pub fn source(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.0.source.as_deref()
    }

    /// Returns the cause, or any cause below it, if it is of this type.
    #[must_use]
    pub fn downcast_ref<T: StdError + 'static>(&self) -> Option<&T> {
        self.chain().find_map(|error| error.downcast_ref())
    }

    /// Returns the causes, the outermost first.
    pub fn chain(&self) -> impl Iterator<Item = &(dyn StdError + 'static)> {
        let first = self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static));
        std::iter::successors(first, |error: &&(dyn StdError + 'static)| (*error).source())
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    #[track_caller]
    fn from(source: E) -> Self {
        let any: &dyn Any = &source;
        let status = match (any.downcast_ref(), any.downcast_ref()) {
            (Some(error), _) if session::Error::is_unavailable(error) => StatusCode::SERVICE_UNAVAILABLE,
            (Some(session::Error::UnknownSession), _) => StatusCode::NOT_FOUND,
            (_, Some(BodyError::TooLarge)) => StatusCode::PAYLOAD_TOO_LARGE,
            (_, Some(BodyError::TooSlow)) => StatusCode::REQUEST_TIMEOUT,
            (_, Some(BodyError::NoMemory)) => StatusCode::SERVICE_UNAVAILABLE,
            (_, Some(BodyError::Read(_))) => StatusCode::BAD_REQUEST,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let error = abort(status).with_source(source);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            return error.with_header(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        error
    }
}

/// Lets `?` convert it where any boxed error is expected, for example in the factory of a session driver.
impl From<Error> for Box<dyn StdError + Send + Sync> {
    fn from(error: Error) -> Self {
        match *error.0 {
            Details { message: None, source: Some(source), .. } => source,
            inner => {
                let text = inner.message.map_or_else(|| inner.status.to_string(), Cow::into_owned);
                Box::new(Boxed { text, source: inner.source })
            }
        }
    }
}

/// An [`Error`] reduced to its text and its cause.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
struct Boxed {
    text: String,
    source: Option<BoxError>,
}

/// Creates an error that is only a status: `return Err(abort(StatusCode::FORBIDDEN))`.
#[must_use]
#[track_caller]
pub fn abort(status: StatusCode) -> Error {
    Error(Box::new(Details {
        status,
        message: None,
        headers: Vec::new(),
        source: None,
        details: serde_json::Map::new(),
        location: Location::caller(),
    }))
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.message {
            Some(message) => write!(formatter, "{message}")?,
            None => write!(formatter, "{}", self.0.status)?,
        }
        self.chain().try_for_each(|cause| write!(formatter, ": {cause}"))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {self}", self.0.status.as_u16())
    }
}

/// The error behind an error response: a response extension for the code that renders the page and writes the log.
#[derive(Clone, Debug)]
pub struct ErrorReport(Arc<Error>);

impl Deref for ErrorReport {
    type Target = Error;

    fn deref(&self) -> &Error {
        &self.0
    }
}

/// Sets only status and headers: the outermost layer finds the [`ErrorReport`] and writes the page.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        response.headers_mut().extend(self.0.headers.iter().cloned());
        response.extensions_mut().insert(ErrorReport(Arc::new(self)));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unavailable() -> session::Error {
        session::Error::Unavailable { driver: "redis".into(), action: "load", source: "no route to host".into() }
    }

    #[test]
    fn an_unavailable_store_is_a_503_that_says_when_to_come_back() {
        let response = Error::from(unavailable()).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
    }

    #[test]
    fn any_other_session_error_is_a_500() {
        let error = session::Error::Decode { key: "age".into(), source: serde_json::from_str::<u8>("x").unwrap_err() };
        let error = Error::from(error);
        assert_eq!(error.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(error.downcast_ref::<serde_json::Error>().is_some(), "a cause of the cause is found");
    }

    #[test]
    fn any_error_can_be_made_of_it_with_its_words_or_its_cause() {
        type Any = Box<dyn StdError + Send + Sync>;
        let caused: Any = Error::from(unavailable()).into();
        assert!(caused.downcast_ref::<session::Error>().is_some());
        let error: Any = Error::new(StatusCode::FORBIDDEN, "Not yours.").with_source(unavailable()).into();
        assert_eq!(error.to_string(), "Not yours.");
        assert!(error.source().is_some_and(|source| source.downcast_ref::<session::Error>().is_some()));
        assert_eq!(Any::from(Error::not_found()).to_string(), "404 Not Found");
    }

    #[test]
    fn the_report_travels_with_the_response() {
        let response = Error::new(StatusCode::FORBIDDEN, "Not yours.").into_response();
        let report = response.extensions().get::<ErrorReport>().unwrap();
        assert_eq!(report.message(), Some("Not yours."));
    }

    #[test]
    fn display_and_debug_show_the_chain() {
        let error = Error::from(BodyError::Read("the line went dead".into()));
        assert_eq!(
            format!("{error:?}"),
            "400: 400 Bad Request: the body could not be read to the end: the line went dead"
        );
    }
}
