//! The template's files, in the binary.
//!
//! `scaffold/` holds links to where they live in the repository, so that nothing is kept twice and a published crate
//! carries them all. They are embedded here, not in the library: a change of a template rebuilds this command only. A
//! debug build reads the folders when it runs, so that a file which was added since is not missed.

use rust_embed::RustEmbed;

use crate::template::Template;

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

/// A folder of its own with links to single files, for what the app has written into `storage/` must not be embedded.
/// They are called `gitignore`, for git follows no link that is called `.gitignore`.
#[derive(RustEmbed)]
#[folder = "scaffold/storage"]
#[prefix = "storage/"]
struct Storage;

/// The files at the root of an app, some under a name that has no meaning of its own here.
const ROOT: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("../scaffold/manifest.toml")),
    // The versions that the template was tested with.
    ("Cargo.lock", include_str!("../scaffold/lock.toml")),
    (".env.example", include_str!("../scaffold/env.example")),
    (".gitignore", include_str!("../scaffold/gitignore")),
    ("README.md", include_str!("../scaffold/README.md")),
];

/// The files that a new app is made of.
pub(crate) fn template() -> Template {
    let root = ROOT.iter().map(|&(path, text)| (path.to_owned(), text.as_bytes().into()));
    let folders = [files::<Source>(), files::<Tests>(), files::<Config>(), files::<Resources>(), files::<Storage>()];
    let files = root.chain(folders.into_iter().flatten()).collect();
    Template::new(files, include_str!("../scaffold/workspace.toml").into())
}

type File = (String, std::borrow::Cow<'static, [u8]>);

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
