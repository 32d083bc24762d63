//! The template's files, embedded in the binary.
//!
//! `scaffold/` contains links to the files in the repository, so that nothing is stored twice and a published crate
//! contains all of them. They are embedded here and not in the library, so that a change of the template only rebuilds
//! this command. A debug build reads the folders at run time, so that newly added files are not missed.

use std::borrow::Cow;

use rust_embed::RustEmbed;

/// The files of a new app, as they are in this repository. [`new_app`](crate::new::new_app) adapts them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Template {
    /// The path of each file in the new app, with `/`, and its content. `Cargo.toml`, `.env.example` and
    /// `config/app.toml` are required.
    pub(crate) files: Vec<File>,
    /// The manifest of the workspace that `Cargo.toml` inherits from.
    pub(crate) workspace: Cow<'static, str>,
}

#[derive(RustEmbed)]
#[folder = "scaffold/src"]
#[prefix = "src/"]
struct Source;

#[derive(RustEmbed)]
#[folder = "scaffold/tests"]
#[prefix = "tests/"]
struct Tests;

#[derive(RustEmbed)]
#[folder = "scaffold/config"]
#[prefix = "config/"]
struct Config;

#[derive(RustEmbed)]
#[folder = "scaffold/resources"]
#[prefix = "resources/"]
struct Resources;

/// A separate folder with links to single files, because what the app has written into `storage/` must not be embedded.
/// The links are named `gitignore`, because git does not follow a link named `.gitignore`.
#[derive(RustEmbed)]
#[folder = "scaffold/storage"]
#[prefix = "storage/"]
struct Storage;

/// The files at the root of an app. Some have another name here, because their own name would take effect in this
/// repository.
const ROOT: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("../scaffold/manifest.toml")),
    // The versions that the template was tested with.
    ("Cargo.lock", include_str!("../scaffold/lock.toml")),
    (".env.example", include_str!("../scaffold/env.example")),
    (".gitignore", include_str!("../scaffold/gitignore")),
    ("README.md", include_str!("../scaffold/README.md")),
];

/// Returns the files that a new app is created from.
pub(crate) fn template() -> Template {
    let root = ROOT.iter().map(|&(path, text)| (path.to_owned(), text.as_bytes().into()));
    let folders = [files::<Source>(), files::<Tests>(), files::<Config>(), files::<Resources>(), files::<Storage>()];
    let files = root.chain(folders.into_iter().flatten()).collect();
    Template { files, workspace: include_str!("../scaffold/workspace.toml").into() }
}

type File = (String, Cow<'static, [u8]>);

fn files<T: RustEmbed>() -> Vec<File> {
    T::iter().filter_map(|path| Some((path.replace("/gitignore", "/.gitignore"), T::get(&path)?.data))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_has_a_file_of_each_kind() {
        let files = template().files;
        for path in ["Cargo.toml", ".env.example", "src/main.rs", "config/app.toml", "storage/logs/.gitignore"] {
            assert!(files.iter().any(|(found, _)| found == path), "{path}");
        }
        for folder in ["tests/", "resources/views/", "resources/public/", "storage/framework/sessions/"] {
            assert!(files.iter().any(|(found, _)| found.starts_with(folder)), "{folder}");
        }
    }

    #[test]
    fn what_an_app_writes_is_no_part_of_the_template() {
        for (path, _) in template().files {
            assert!(!path.starts_with("storage/") || path.ends_with("/.gitignore"), "{path}");
            assert_ne!(path, ".env");
        }
    }
}
