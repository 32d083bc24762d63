//! What a visitor sees when something went wrong: the app's page, ours if it has none, and in development all about it.

use std::sync::Arc;

use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};
use tera::{Context as Values, Tera};

use super::{TemplateError, ViewEngine, ViewError};
use crate::http::{ErrorReport, Panicked};

const PLAIN_PAGE: &str = include_str!("pages/error.html");
const DEBUG_PAGE: &str = include_str!("pages/debug.html");

/// Headers whose values are shown to nobody.
const SECRET_HEADERS: [&str; 6] =
    ["authorization", "cookie", "proxy-authorization", "x-csrf-token", "x-xsrf-token", "x-api-key"];

/// A request that failed.
pub(crate) struct Failure<'a> {
    pub(crate) report: &'a ErrorReport,
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) route: Option<&'a str>,
    pub(crate) headers: &'a HeaderMap,
}

/// Renders error pages.
pub(crate) struct ErrorPages {
    engine: Arc<ViewEngine>,
    own: Tera,
    debug: bool,
}

impl ErrorPages {
    /// Pages of this app; with `debug`, those that tell all.
    ///
    /// # Errors
    /// A built-in page is wrong.
    pub(crate) fn new(engine: Arc<ViewEngine>, debug: bool) -> Result<Self, ViewError> {
        let mut own = Tera::new();
        own.add_raw_templates([("error.html", PLAIN_PAGE), ("debug.html", DEBUG_PAGE)])?;
        Ok(Self { engine, own, debug })
    }

    /// The page for a browser.
    pub(crate) fn page(&self, failure: &Failure<'_>) -> String {
        if self.debug && failure.report.status().is_server_error() {
            return self.debug_page(failure);
        }
        let status = failure.report.status();
        let mut values = Values::new();
        values.insert("status", &status.as_u16());
        values.insert("reason", reason(status));
        values.insert("message", message(failure.report));
        let own_name = format!("errors/{}.html", status.as_u16());
        for name in [own_name.as_str(), "errors/error.html"] {
            if !self.engine.has(name) {
                continue;
            }
            match self.engine.render(name, &values) {
                Ok(page) => return page,
                Err(error) => tracing::error!(%error, template = name, "an error page cannot be rendered"),
            }
        }
        self.own.render("error.html", &values).unwrap_or_else(|_| reason(status).to_owned())
    }

    /// The answer for a client that wants JSON.
    pub(crate) fn json(&self, failure: &Failure<'_>) -> Value {
        let mut answer = json!({ "message": message(failure.report) });
        for (key, value) in failure.report.details() {
            answer[key] = value.clone();
        }
        if self.debug && failure.report.status().is_server_error() {
            answer["error"] = failure.report.to_string().into();
            answer["location"] = failure.report.location().to_string().into();
        }
        answer
    }

    fn debug_page(&self, failure: &Failure<'_>) -> String {
        let report = failure.report;
        let causes: Vec<String> = report.chain().map(ToString::to_string).collect();
        let location = place(report).map(|(file, line)| json!({ "file": file, "line": line }));
        let drawing = template_error(report).map(|error| &error.report);
        let headers: Vec<(&str, &str)> = failure
            .headers
            .iter()
            .map(|(name, value)| {
                let is_secret = SECRET_HEADERS.contains(&name.as_str());
                (name.as_str(), if is_secret { "(not shown)" } else { value.to_str().unwrap_or("(not text)") })
            })
            .collect();
        let mut values = Values::new();
        values.insert("status", &report.status().as_u16());
        values.insert("reason", reason(report.status()));
        let headline = report.message().or(template_error(report).map(|error| error.message.as_str()));
        let headline = headline.or(causes.first().map(String::as_str)).unwrap_or(message(report));
        values.insert("message", headline);
        values.insert("kind", kind(report));
        values.insert("causes", causes.get(1..).unwrap_or_default());
        values.insert("location", &location);
        values.insert("report", &drawing);
        values.insert("hint", &Value::Null);
        values.insert("version", env!("CARGO_PKG_VERSION"));
        let request = json!({
            "method": failure.method.as_str(), "path": failure.path, "route": failure.route, "headers": headers,
        });
        values.insert("request", &request);
        self.own.render("debug.html", &values).unwrap_or_else(|error| error.to_string())
    }
}

fn template_error(report: &ErrorReport) -> Option<&TemplateError> {
    match report.downcast_ref::<ViewError>() {
        Some(ViewError::Template(error)) => Some(error),
        _ => None,
    }
}

/// The file and line to look at: of the template, of the panic, or where the error was made.
pub(crate) fn place(report: &ErrorReport) -> Option<(String, usize)> {
    if let Some(error) = template_error(report) {
        return error.location.as_ref().map(|(file, line)| (format!("resources/views/{file}"), *line));
    }
    if let Some(panicked) = report.downcast_ref::<Panicked>() {
        return panicked.place.clone();
    }
    let location = report.location();
    Some((location.file().to_owned(), usize::try_from(location.line()).unwrap_or_default()))
}

/// What kind of error it is, in a word.
fn kind(report: &ErrorReport) -> &'static str {
    if report.downcast_ref::<ViewError>().is_some() {
        "template error"
    } else if report.downcast_ref::<Panicked>().is_some() {
        "panic"
    } else if report.downcast_ref::<crate::session::Error>().is_some() {
        "session error"
    } else {
        "error"
    }
}

fn reason(status: StatusCode) -> &'static str {
    match status.as_u16() {
        419 => "Page Expired",
        _ => status.canonical_reason().unwrap_or("Error"),
    }
}

/// What a visitor is told: what the handler said, else a sentence for the status. Never what went wrong inside.
fn message(report: &ErrorReport) -> &str {
    report.message().unwrap_or(match report.status().as_u16() {
        401 => "Please log in first.",
        403 => "This is not for you to see.",
        404 => "There is no such page.",
        405 => "This address does not take such a request.",
        413 => "That was too much at once.",
        419 => "The page has been open for too long. Please go back, load it again, and repeat what you did.",
        429 => "That was too often. Please wait a little.",
        503 => "We are busy for a moment. Please try again.",
        400..500 => "The request cannot be answered as it is.",
        _ => "Something went wrong on our side. It was noted.",
    })
}
