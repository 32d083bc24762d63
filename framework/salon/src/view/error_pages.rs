//! Error pages: the app's page, a built-in one if it has none, and in development a page with all details.

use std::sync::Arc;

use http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::{Value, json};
use tera::{Context as Values, Tera};

use super::{TemplateError, ViewEngine, ViewError};
use crate::http::{ErrorReport, Panicked, Request, panicked::file_and_line};

const PLAIN_PAGE: &str = include_str!("pages/error.html");
/// The page with all details. A release build does not contain it, so that no mistake in the configuration can show it.
const DEBUG_PAGE: Option<&str> = if cfg!(debug_assertions) { Some(include_str!("pages/debug.html")) } else { None };

/// Headers whose values are shown. Any other may hold a secret.
const SHOWN_HEADERS: [&str; 13] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-length",
    "content-type",
    "host",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "user-agent",
    "x-requested-with",
];

/// What is needed of a request after it is gone, if it fails.
pub(crate) struct RequestSummary {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) expects_json: bool,
    /// The headers for the page with all details, if the client may see it.
    details: Option<HeaderMap>,
}

/// Renders error pages.
pub(crate) struct ErrorPages {
    engine: Arc<ViewEngine>,
    own: Tera,
    debug: bool,
}

impl ErrorPages {
    /// Creates the error pages of this app. With `debug`, they show all details to a developer on this machine.
    ///
    /// # Errors
    /// Returns an error if a built-in page is wrong.
    pub(crate) fn new(engine: Arc<ViewEngine>, debug: bool) -> Result<Self, ViewError> {
        let mut own = Tera::new();
        own.add_raw_template("error.html", PLAIN_PAGE)?;
        if let Some(page) = DEBUG_PAGE {
            own.add_raw_template("debug.html", page)?;
        }
        Ok(Self { engine, own, debug })
    }

    /// Notes what a page would need of this request.
    pub(crate) fn summary(&self, request: &Request) -> RequestSummary {
        RequestSummary {
            method: request.method().clone(),
            uri: request.uri().clone(),
            expects_json: request.expects_json(),
            details: self.may_see_details(request).then(|| request.headers().clone()),
        }
    }

    /// True if the client is a developer on this machine: not somebody in the network, nor behind a proxy that runs here. A
    /// client of a Unix socket is most likely a proxy.
    fn may_see_details(&self, request: &Request) -> bool {
        self.debug && DEBUG_PAGE.is_some() && request.is_from_this_machine()
    }

    /// Renders the page for a browser, about a request to this route.
    pub(crate) fn page(&self, report: &ErrorReport, request: &RequestSummary, route: Option<&str>) -> String {
        let status = report.status();
        if status.is_server_error()
            && let Some(headers) = &request.details
        {
            return self.debug_page(report, request, headers, route);
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
    pub(crate) fn json(report: &ErrorReport, request: &RequestSummary) -> Value {
        let mut answer = json!({ "message": message(report) });
        for (key, value) in report.details() {
            answer[key] = value.clone();
        }
        if request.details.is_some() && report.status().is_server_error() {
            answer["error"] = report.to_string().into();
            answer["location"] = report.location().to_string().into();
        }
        answer
    }

    fn debug_page(
        &self,
        report: &ErrorReport,
        request: &RequestSummary,
        headers: &HeaderMap,
        route: Option<&str>,
    ) -> String {
        let causes: Vec<String> = report.chain().map(ToString::to_string).collect();
        let location = place(report).map(|(file, line)| json!({ "file": file, "line": line }));
        let drawing = template_error(report).map(|error| &error.report);
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| {
                let is_shown = SHOWN_HEADERS.contains(&name.as_str());
                (name.as_str(), if is_shown { value.to_str().unwrap_or("(not text)") } else { "(not shown)" })
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
