//! What can go wrong with a template, with file and line.

use tera::ErrorKind;

/// What is wrong with a template.
#[derive(Debug, thiserror::Error)]
#[error("{summary}")]
pub struct TemplateError {
    /// What is wrong, in a line.
    pub summary: String,
    /// Where, if it is in a file: its name from `resources/views`, and the line.
    pub location: Option<(String, usize)>,
    /// The place in the template, drawn, with what led there.
    pub report: String,
    /// Tera's error.
    source: tera::Error,
}

/// A view that cannot be loaded or rendered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ViewError {
    /// The template, or a value that it asks for, is wrong.
    #[error("{0}")]
    Template(Box<TemplateError>),
    /// A value given to the template cannot be written.
    #[error("the value `{key}` cannot be given to the template")]
    Value {
        /// Its name.
        key: String,
        /// What serde found.
        source: tera::Error,
    },
    /// A view was rendered outside of a request.
    #[error("there is no application here to render a view: return it from a handler")]
    NoApplication,
    /// The template's folder cannot be read.
    #[error("the templates in {folder} cannot be read")]
    Unreadable {
        /// The folder.
        folder: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl From<tera::Error> for ViewError {
    fn from(source: tera::Error) -> Self {
        let report = source.to_string();
        let (summary, location) = match source.kind() {
            ErrorKind::SyntaxError(error) | ErrorKind::RenderingError(error) => {
                let (file, line) = (error.filename().to_owned(), error.span().start_line);
                (format!("{} (resources/views/{file}, line {line})", error.message()), Some((file, line)))
            }
            ErrorKind::TemplateNotFound(name) => {
                (format!("there is no template `{name}`: make resources/views/{name}, or correct the name"), None)
            }
            ErrorKind::MissingParent { current, parent } => {
                let text = format!("resources/views/{current} extends `{parent}`, and there is no such template");
                (text, Some((current.clone(), 1)))
            }
            _ => (report.lines().next().unwrap_or_default().to_owned(), None),
        };
        Self::Template(Box::new(TemplateError { summary, location, report, source }))
    }
}
