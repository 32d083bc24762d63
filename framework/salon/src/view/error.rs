//! Errors of templates, with file and line.

use tera::ErrorKind;

/// An error in a template.
#[derive(Debug, thiserror::Error)]
#[error("{message}{}", shown(location.as_ref()))]
pub struct TemplateError {
    /// A one-line description.
    pub message: String,
    /// The location, if the error is in a file: its name below `resources/views`, and the line.
    pub location: Option<(String, usize)>,
    /// An excerpt of the template that marks the error, with the templates that led to it.
    pub report: String,
    /// The error of Tera.
    source: tera::Error,
}

fn shown(location: Option<&(String, usize)>) -> String {
    location.map_or_else(String::new, |(file, line)| format!(" (resources/views/{file}, line {line})"))
}

/// A view that cannot be loaded or rendered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ViewError {
    /// The template, or a value that it uses, is wrong.
    #[error("{0}")]
    Template(Box<TemplateError>),
    /// A value given to the template cannot be serialized.
    #[error("cannot serialize the value `{key}` for the template")]
    Value {
        /// The name of the value.
        key: String,
        /// The error of serde.
        source: tera::Error,
    },
    /// A view was rendered outside of a request.
    #[error("cannot render a view outside of a request: return it from a handler")]
    NoApplication,
    /// The folder of the templates cannot be read.
    #[error("cannot read the templates in {folder}")]
    Unreadable {
        /// The folder.
        folder: String,
        /// The error of the operating system.
        source: std::io::Error,
    },
}

impl From<tera::Error> for ViewError {
    fn from(source: tera::Error) -> Self {
        let report = source.to_string();
        let (message, location) = match source.kind() {
            ErrorKind::SyntaxError(error) | ErrorKind::RenderingError(error) => {
                (error.message().to_owned(), Some((error.filename().to_owned(), error.span().start_line)))
            }
            ErrorKind::TemplateNotFound(name) => {
                (format!("there is no template `{name}`: create resources/views/{name}, or correct the name"), None)
            }
            ErrorKind::MissingParent { current, parent } => {
                (format!("it extends `{parent}`, but there is no such template"), Some((current.clone(), 1)))
            }
            _ => drawn(&report).unwrap_or_else(|| (report.lines().next().unwrap_or_default().to_owned(), None)),
        };
        Self::Template(Box::new(TemplateError { message, location, report, source }))
    }
}

/// Parses description and location from Tera's rendered report: for unknown names Tera reports nothing else.
///
/// ```text
/// error: Unknown function `nothing`
///  --> home.html:2:4
/// ```
fn drawn(report: &str) -> Option<(String, Option<(String, usize)>)> {
    let mut lines = report.lines();
    let message = lines.next()?.strip_prefix("error: ")?;
    let mut place = lines.next()?.trim_start().strip_prefix("--> ")?.rsplitn(3, ':');
    let (line, file) = (place.nth(1)?.parse().ok()?, place.next()?.to_owned());
    Some((message.to_owned(), Some((file, line))))
}

#[cfg(test)]
mod tests {
    use tera::Tera;

    use super::*;

    fn of_a_template(template: &str) -> TemplateError {
        let error = Tera::new().add_raw_templates([("home.html", template)]).unwrap_err();
        match ViewError::from(error) {
            ViewError::Template(error) => *error,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_mistake_found_while_loading_names_file_and_line() {
        let cases = [
            ("<p>\n{{ nothing() }}", "Unknown function `nothing` (resources/views/home.html, line 2)", 2),
            ("<p>\n\n{{ a b }}", "Found identifier but expected }}. (resources/views/home.html, line 3)", 3),
            ("{{ nothing(", "Unexpected end of input (resources/views/home.html, line 1)", 1),
        ];
        for (template, summary, line) in cases {
            let error = of_a_template(template);
            assert_eq!(error.to_string(), summary);
            assert_eq!(error.location, Some(("home.html".to_owned(), line)));
        }
    }
}
