//! The template engine. It loads the templates of an app once, and in development again when one has changed.

use std::{
    collections::HashSet,
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use tera::{Context as Values, Tera};

use super::{ViewError, functions, reading, reading::Stamp, session_functions};
use crate::{config::Config, http::public_files::PublicFolder};

/// Renders the templates under `resources/views`.
///
/// Every template is escaped, whatever its name, except for what helpers mark as markup.
pub struct ViewEngine {
    folder: PathBuf,
    /// The files that `asset()` names.
    public: Arc<PublicFolder>,
    /// The engine with the helpers, but without templates.
    empty: Tera,
    templates: RwLock<Arc<Templates>>,
    /// The state of the folder when it was read. In development it is checked before each page.
    watched: Option<Mutex<Stamp>>,
}

/// The loaded templates.
#[derive(Default)]
struct Templates {
    tera: Tera,
    /// The templates that use the variable `session`, directly or through a template that they extend or include.
    with_session: HashSet<String>,
}

impl From<Tera> for Templates {
    fn from(tera: Tera) -> Self {
        let asks = |name: &&str| tera.get_template_variables(name).is_ok_and(|names| names.contains("session"));
        let with_session = tera.get_template_names().filter(asks).map(str::to_owned).collect();
        Self { tera, with_session }
    }
}

impl ViewEngine {
    /// Loads the templates of the app in this folder. With `reload`, changes take effect on the next request.
    ///
    /// # Errors
    /// Returns an error with file and line if a template is wrong. With `reload`, the pages report it instead of the
    /// startup.
    pub(crate) fn load(root: &Path, config: Arc<Config>, reload: bool) -> Result<Self, ViewError> {
        let folder = root.join("resources/views");
        let mut empty = Tera::new();
        // Every name ends with the empty suffix, so all templates are escaped.
        empty.autoescape_on([""]);
        let public = Arc::new(PublicFolder::new(root));
        functions::register(&mut empty, config, Arc::clone(&public));
        session_functions::register(&mut empty);
        let engine = Self { folder, public, templates: RwLock::default(), empty, watched: reload.then(Mutex::default) };
        if !reload && engine.folder.is_dir() {
            engine.read()?;
        }
        Ok(engine)
    }

    /// Renders a template.
    ///
    /// # Errors
    /// Returns an error if the template is wrong, or uses a value that does not exist.
    pub fn render(&self, name: &str, values: &Values) -> Result<String, ViewError> {
        Ok(self.templates()?.tera.render(name, values)?)
    }

    /// Renders a page, with the variable `session` if its template uses it. An unused session is not even loaded.
    pub(crate) fn render_page(
        &self,
        name: &str,
        mut values: Values,
        session: impl FnOnce() -> serde_json::Map<String, serde_json::Value>,
    ) -> Result<String, ViewError> {
        let templates = self.templates()?;
        if templates.with_session.contains(name) && !values.contains_key("session") {
            values.insert("session", &session());
        }
        Ok(templates.tera.render(name, &values)?)
    }

    /// True if there is a template with this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.templates().is_ok_and(|templates| templates.tera.contains_template(name))
    }

    /// Returns the files that `asset()` names. Whoever serves them knows their versions already.
    pub(crate) fn public_folder(&self) -> Arc<PublicFolder> {
        Arc::clone(&self.public)
    }

    fn templates(&self) -> Result<Arc<Templates>, ViewError> {
        if let Some(watched) = &self.watched {
            let mut known = watched.lock().unwrap_or_else(PoisonError::into_inner);
            let found = reading::stamp(&self.folder).map_err(|source| self.unreadable(source))?;
            if *known != found {
                self.read()?;
                *known = found;
            }
        }
        Ok(Arc::clone(&self.templates.read().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Reads every template again. If one is wrong, the previous ones are kept.
    fn read(&self) -> Result<(), ViewError> {
        let templates = reading::templates(&self.folder).map_err(|source| self.unreadable(source))?;
        let mut tera = self.empty.clone();
        // Tera's own function for reading a folder reports errors without file and line.
        tera.add_raw_templates(templates)?;
        *self.templates.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tera.into());
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

    #[test]
    fn the_session_is_read_only_for_a_template_that_asks_for_it() {
        let root = tempfile::tempdir().unwrap();
        let views = root.path().join("resources/views");
        std::fs::create_dir_all(&views).unwrap();
        for (name, text) in [
            ("plain.html", "{{ title }}"),
            ("named.html", "{{ session.name }}"),
            ("layout.html", "{% block page %}{% endblock %}"),
            ("child.html", "{% extends \"layout.html\" %}{% block page %}{% include \"named.html\" %}{% endblock %}"),
            ("condition.html", "{% if session.name == \"Ada\" %}Ada{% endif %}"),
        ] {
            std::fs::write(views.join(name), text).unwrap();
        }
        let engine = ViewEngine::load(root.path(), Arc::new(Config::load(root.path()).unwrap()), false).unwrap();
        let render = |name: &str| {
            let mut values = Values::new();
            values.insert("title", "T");
            let mut was_asked = false;
            let page = engine.render_page(name, values, || {
                was_asked = true;
                serde_json::Map::from_iter([("name".to_owned(), "Ada".into())])
            });
            (page.unwrap(), was_asked)
        };
        assert_eq!(render("plain.html"), ("T".to_owned(), false));
        for name in ["named.html", "child.html", "condition.html"] {
            assert_eq!(render(name), ("Ada".to_owned(), true), "{name}");
        }
    }

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
