//! `new`: creates an app from the template.

use std::{
    borrow::Cow,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use salon_core::{
    encryption::{Key, env_file},
    support::Random,
};

use super::{Dependency, staging::Staging};
use crate::{crate_name::CrateName, error::NewError, manifest, scaffold::Template};

/// The app to create.
#[derive(Clone, Debug)]
pub(crate) struct NewApp<'a> {
    /// Its folder, which does not exist yet or is empty. The app is named after it.
    pub(crate) path: &'a Path,
    /// Where it gets the framework from.
    pub(crate) salon: Dependency,
    /// The template to create it from.
    pub(crate) template: &'a Template,
}

/// A newly created app. Its `Display` says what to do next.
#[derive(Clone, Debug)]
pub(crate) struct Created {
    /// Its folder, as requested.
    pub(crate) path: PathBuf,
    /// Its name.
    pub(crate) name: CrateName,
}

impl fmt::Display for Created {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "Created the app `{}`. Next steps:\n", self.name.as_str())?;
        if self.path != Path::new(".") {
            writeln!(formatter, "    cd {}", self.path.display())?;
        }
        writeln!(formatter, "    cargo run     # then open http://127.0.0.1:3000")?;
        write!(formatter, "    cargo test")
    }
}

/// Creates an app: the template's files under the app's own name, and a `.env` with its own key.
///
/// Everything is written into a temporary folder, which is then moved into place, so that a failure leaves nothing
/// behind.
///
/// # Errors
/// Returns an error if the folder's name is not a valid crate name, the folder is not empty, or it cannot be written.
pub(crate) fn new_app(request: &NewApp<'_>, random: &Random) -> Result<Created, NewError> {
    let target =
        std::path::absolute(request.path).map_err(|source| NewError::Read { path: request.path.to_owned(), source })?;
    let no_name = || NewError::NoName { path: request.path.to_owned() };
    let folder = target.file_name().ok_or_else(no_name)?;
    let name = CrateName::parse(&folder.to_string_lossy())?;
    let parent = target.parent().ok_or_else(no_name)?;
    let exists = is_there(&target)?;
    if !exists && !parent.is_dir() {
        return Err(NewError::NoParent { path: parent.to_owned() });
    }
    let files = adapted(request, &name, random)?;

    let staging = Staging::create(if exists { &target } else { parent }, random)?;
    for (path, content) in &files {
        staging.write(path, content)?;
    }
    staging.settle(&target, exists).map_err(|source| NewError::Write { path: target.clone(), source })?;
    Ok(Created { path: request.path.to_owned(), name })
}

/// True if there is already an empty folder. Anything else in its place is an error.
fn is_there(target: &Path) -> Result<bool, NewError> {
    match fs::read_dir(target).map(Iterator::count) {
        Ok(0) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound && target.symlink_metadata().is_err() => Ok(false),
        Err(source) if source.kind() == io::ErrorKind::PermissionDenied => {
            Err(NewError::Read { path: target.to_owned(), source })
        }
        Ok(_) | Err(_) => Err(NewError::Exists { path: target.to_owned() }),
    }
}

type Files<'a> = Vec<(&'a str, Cow<'a, [u8]>)>;

/// Returns the template's files, adapted to the app.
fn adapted<'a>(request: &'a NewApp<'_>, name: &CrateName, random: &Random) -> Result<Files<'a>, NewError> {
    let mut files = Files::new();
    for (path, content) in &request.template.files {
        let Ok(text) = std::str::from_utf8(content) else {
            files.push((path, Cow::Borrowed(content)));
            continue;
        };
        let text = match path.as_str() {
            "Cargo.toml" => manifest::standalone(text, &request.template.workspace, name, &request.salon)?,
            "config/app.toml" => manifest::named_config(text, &name.title())?,
            ".env.example" => {
                let key = Key::generate(random)?.to_config_text();
                files.push((".env", env_file::with(text, "APP_KEY", &key).into_bytes().into()));
                text.to_owned()
            }
            _ => {
                let identifier = manifest::TEMPLATE.replace('-', "_");
                text.replace(manifest::TEMPLATE, name.as_str()).replace(&identifier, &name.identifier())
            }
        };
        files.push((path, text.into_bytes().into()));
    }
    for required in ["Cargo.toml", ".env.example", "config/app.toml"] {
        if !files.iter().any(|(path, _)| *path == required) {
            return Err(NewError::Template { file: required, problem: "it is not there".to_owned() });
        }
    }
    Ok(files)
}
