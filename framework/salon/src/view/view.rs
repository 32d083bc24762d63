//! A view: the name of a template and the values to show in it.

use http::StatusCode;
use serde::Serialize;
use tera::{Context as Values, Value};

use super::{ViewEngine, ViewError};
use crate::http::{Context, Error, Html, IntoResponse, Response, try_session};

/// A page as a response: a template and its values.
#[derive(Debug)]
#[must_use = "a view shows nothing until a handler returns it"]
pub struct View {
    name: String,
    values: Values,
    status: StatusCode,
    error: Option<ViewError>,
}

/// Creates a view of the template with this name: its path below `resources/views`.
///
/// ```
/// use salon::view::{View, view};
///
/// async fn show() -> View {
///     view("books/show.html").with("title", "Notes on the Analytical Engine").with("pages", 66)
/// }
/// ```
pub fn view(name: impl Into<String>) -> View {
    View { name: name.into(), values: Values::new(), status: StatusCode::OK, error: None }
}

impl View {
    /// Gives the template a value: anything that serde can serialize.
    pub fn with(mut self, key: impl Into<String>, value: impl Serialize) -> Self {
        let key = key.into();
        match Value::try_from_serializable(&value) {
            Ok(value) => self.values.insert_value(key, value),
            Err(source) => self.error = Some(ViewError::Value { key, source }),
        }
        self
    }

    /// Responds with a status other than 200.
    pub const fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Renders the text of the page.
    ///
    /// # Errors
    /// Returns an error if the template is wrong or uses a value that does not exist, or if this task does not serve a
    /// request.
    pub fn render(self) -> Result<String, ViewError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let engine = Context::current().and_then(|context| context.container().get::<ViewEngine>());
        let engine = engine.ok_or(ViewError::NoApplication)?;
        let session = || try_session().map(|session| session.all_without_marking_read()).unwrap_or_default();
        engine.render_page(&self.name, self.values, session)
    }
}

impl IntoResponse for View {
    fn into_response(self) -> Response {
        let status = self.status;
        match self.render() {
            Ok(page) => (status, Html(page)).into_response(),
            Err(error) => Error::from(error).into_response(),
        }
    }
}
