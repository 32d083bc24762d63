//! The engine: the templates of an app, loaded once, and in development again when one has changed.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use tera::{Context as Values, Tera};

use super::{ViewError, assets::Assets, functions, reading, reading::Stamp, session_functions};
use crate::config::Config;

/// Renders the templates under `resources/views`.
///
/// Every template is escaped, whatever its name, but for what helpers mark as markup.
pub struct ViewEngine {
    folder: PathBuf,
    /// The helpers, without any template.
    empty: Tera,
    tera: RwLock<Arc<Tera>>,
    /// What the folder looked like when it was read; in development it is looked at again before each page.
    watched: Option<Mutex<Stamp>>,
}

impl ViewEngine {
    /// Loads the templates of the app in this folder. With `reload`, a changed one shows on the next request.
    ///
    /// # Errors
    /// A template is wrong: file, line and what. With `reload` it is an error of the pages, not of the start.
    pub(crate) fn load(root: &Path, config: Arc<Config>, reload: bool) -> Result<Self, ViewError> {
        let folder = root.join("resources/views");
        let mut empty = Tera::new();
        // Every name ends with the empty suffix.
        empty.autoescape_on([""]);
        functions::register(&mut empty, config, Assets::new(root.join("resources/public"), reload));
        session_functions::register(&mut empty);
        let mut engine = Self { folder, tera: RwLock::new(Arc::new(empty.clone())), empty, watched: None };
        if reload {
            engine.watched = Some(Mutex::default());
        } else if engine.folder.is_dir() {
            engine.read()?;
        }
        Ok(engine)
    }

    /// Renders a template.
    ///
    /// # Errors
    /// The template is wrong, or asks for a value that is not there.
    pub fn render(&self, name: &str, values: &Values) -> Result<String, ViewError> {
        Ok(self.templates()?.render(name, values)?)
    }

    /// Whether there is a template of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.templates().is_ok_and(|tera| tera.contains_template(name))
    }

    fn templates(&self) -> Result<Arc<Tera>, ViewError> {
        if let Some(watched) = &self.watched {
            let mut known = watched.lock().unwrap_or_else(PoisonError::into_inner);
            let found = reading::stamp(&self.folder).map_err(|source| self.unreadable(source))?;
            if *known != found {
                self.read()?;
                *known = found;
            }
        }
        Ok(Arc::clone(&self.tera.read().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Reads every template anew. If one is wrong, the ones before stay.
    fn read(&self) -> Result<(), ViewError> {
        let templates = reading::templates(&self.folder).map_err(|source| self.unreadable(source))?;
        let mut tera = self.empty.clone();
        // Not Tera's own reading of a folder, whose errors do not know file and line.
        tera.add_raw_templates(templates)?;
        *self.tera.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tera);
        Ok(())
    }

    fn unreadable(&self, source: io::Error) -> ViewError {
        ViewError::Unreadable { folder: self.folder.display().to_string(), source }
    }
}

impl fmt::Debug for ViewEngine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ViewEngine").field("folder", &self.folder).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(template: &str) -> Result<ViewEngine, ViewError> {
        let root = tempfile::tempdir().unwrap();
        let views = root.path().join("resources/views");
        std::fs::create_dir_all(views.join("books")).unwrap();
        std::fs::write(views.join("books/show.html"), template).unwrap();
        std::fs::write(views.join("books/.show.html.swp"), [0, 159, 146, 150]).unwrap();
        ViewEngine::load(root.path(), Arc::new(Config::load(root.path()).unwrap()), false)
    }

    #[test]
    fn a_template_that_does_not_parse_is_told_with_file_and_line() {
        let Err(ViewError::Template(error)) = load("<h1>\n{% if %}") else { panic!("it parses") };
        assert_eq!(error.location, Some(("books/show.html".to_owned(), 2)));
        assert!(error.to_string().contains("(resources/views/books/show.html, line 2)"), "{error}");
    }

    #[test]
    fn a_template_is_called_by_its_path_and_an_editors_file_is_none() {
        let engine = load("Notes").unwrap();
        assert_eq!(engine.render("books/show.html", &Values::new()).unwrap(), "Notes");
        assert!(!engine.has("books/.show.html.swp"));
    }
}
