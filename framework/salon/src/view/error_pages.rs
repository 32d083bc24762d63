//! Error pages: the app's page, a built-in one if it has none, and in development a page with all details.

use std::sync::Arc;

use http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::{Value, json};
use tera::{Context as Values, Tera};

use super::{TemplateError, ViewEngine, ViewError};
use crate::http::{ErrorReport, Panicked, Request, panicked::file_and_line};

const PLAIN_PAGE: &str = include_str!("pages/error.html");
const DEBUG_PAGE: &str = include_str!("pages/debug.html");

/// Headers whose values are never shown.
const SECRET_HEADERS: [&str; 6] =
    ["authorization", "cookie", "proxy-authorization", "x-csrf-token", "x-xsrf-token", "x-api-key"];

/// What is needed of a request after it is gone, if it fails.
pub(crate) struct RequestSummary {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) expects_json: bool,
    /// Only filled for the page that shows them.
    headers: HeaderMap,
}

/// Renders error pages.
pub(crate) struct ErrorPages {
    engine: Arc<ViewEngine>,
    own: Tera,
    debug: bool,
}

impl ErrorPages {
    /// Creates the error pages of this app. With `debug`, they show all details.
    ///
    /// # Errors
    /// Returns an error if a built-in page is wrong.
    pub(crate) fn new(engine: Arc<ViewEngine>, debug: bool) -> Result<Self, ViewError> {
        let mut own = Tera::new();
        own.add_raw_templates([("error.html", PLAIN_PAGE), ("debug.html", DEBUG_PAGE)])?;
        Ok(Self { engine, own, debug })
    }

    /// Notes what a page would need of this request.
    pub(crate) fn summary(&self, request: &Request) -> RequestSummary {
        RequestSummary {
            method: request.method().clone(),
            uri: request.uri().clone(),
            expects_json: request.expects_json(),
            headers: if self.debug { request.headers().clone() } else { HeaderMap::new() },
        }
    }

    /// Renders the page for a browser, about a request to this route.
    pub(crate) fn page(&self, report: &ErrorReport, request: &RequestSummary, route: Option<&str>) -> String {
        let status = report.status();
        if self.debug && status.is_server_error() {
            return self.debug_page(report, request, route);
        }
        let mut values = Values::new();
        values.insert("status", &status.as_u16());
        values.insert("reason", reason(status));
        values.insert("message", message(report));
        let own_name = format!("errors/{}.html", status.as_u16());
        for name in [own_name.as_str(), "errors/error.html"] {
            if !self.engine.has(name) {
                continue;
            }
            match self.engine.render(name, &values) {
                Ok(page) => return page,
                Err(error) => tracing::error!(%error, template = name, "cannot render an error page"),
            }
        }
        self.own.render("error.html", &values).unwrap_or_else(|_| reason(status).to_owned())
    }

    /// Builds the response for a client that prefers JSON.
    pub(crate) fn json(&self, report: &ErrorReport) -> Value {
        let mut answer = json!({ "message": message(report) });
        for (key, value) in report.details() {
            answer[key] = value.clone();
        }
        if self.debug && report.status().is_server_error() {
            answer["error"] = report.to_string().into();
            answer["location"] = report.location().to_string().into();
        }
        answer
    }

    fn debug_page(&self, report: &ErrorReport, request: &RequestSummary, route: Option<&str>) -> String {
        let causes: Vec<String> = report.chain().map(ToString::to_string).collect();
        let location = place(report).map(|(file, line)| json!({ "file": file, "line": line }));
        let drawing = template_error(report).map(|error| &error.report);
        let headers: Vec<(&str, &str)> = request
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
        values.insert("version", env!("CARGO_PKG_VERSION"));
        let request = json!({
            "method": request.method.as_str(), "path": request.uri.path(), "route": route, "headers": headers,
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

/// Returns the file and line to look at: of the template, of the panic, or of where the error was created.
pub(crate) fn place(report: &ErrorReport) -> Option<(String, usize)> {
    if let Some(error) = template_error(report) {
        return error.location.as_ref().map(|(file, line)| (format!("resources/views/{file}"), *line));
    }
    if let Some(panicked) = report.downcast_ref::<Panicked>() {
        return panicked.place.clone();
    }
    Some(file_and_line(report.location()))
}

/// Returns the kind of error in a word or two.
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

/// Returns the text for a visitor: the handler's message, or else a sentence for the status. It never says what went
/// wrong internally.
fn message(report: &ErrorReport) -> &str {
    report.message().unwrap_or(match report.status().as_u16() {
        401 => "Please log in first.",
        403 => "You do not have access to this page.",
        404 => "This page does not exist.",
        405 => "This address does not accept this kind of request.",
        413 => "The request is too large.",
        419 => "This page has expired. Please go back, reload it, and try again.",
        429 => "Too many requests. Please wait a moment.",
        503 => "The site is temporarily unavailable. Please try again in a moment.",
        400..500 => "The request cannot be processed.",
        _ => "Something went wrong on our side. The error has been logged.",
    })
}
