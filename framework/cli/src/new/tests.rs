use std::{
    borrow::Cow,
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use salon::{
    config::{AppConfig, Config},
    encryption::KeyRing,
};
use salon_core::support::Random;

use super::{new_app::Created, *};
use crate::{error::NewError, scaffold::Template};

const WORKSPACE: &str = "[workspace.dependencies]\nsalon = { path = 'framework' }\n";

fn template() -> Template {
    let files: [(&str, &[u8]); 8] = [
        ("Cargo.toml", b"[package]\nname = \"app-template\"\n\n[dependencies]\nsalon.workspace = true\n"),
        (".env.example", b"APP_ENV=development\nAPP_DEBUG=true\nAPP_KEY=\n"),
        (".gitignore", b"/target\n"),
        ("config/app.toml", b"name = \"Salon\"\n"),
        ("src/main.rs", b"use app_template::run; // app-template\n"),
        ("resources/public/icon.png", b"\x89PNG\xff app-template"),
        ("storage/logs/.gitignore", b"*\n"),
        ("README.md", b"# app-template\n"),
    ];
    let files = files.into_iter().map(|(path, content)| (path.to_owned(), Cow::Borrowed(content)));
    Template { files: files.collect(), workspace: WORKSPACE.into() }
}

fn make(path: &Path) -> Result<Created, NewError> {
    make_with(path, &Random::system())
}

fn make_with(path: &Path, random: &Random) -> Result<Created, NewError> {
    new_app(&NewApp { path, salon: Dependency::Version("0.1.0".into()), template: &template() }, random)
}

/// Returns the names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn read(app: &Path, file: &str) -> String {
    fs::read_to_string(app.join(file)).unwrap()
}

const MADE: [&str; 8] = [".env", ".env.example", ".gitignore", "Cargo.toml", "README.md", "config", "resources", "src"];

#[test]
fn an_app_has_every_file_under_its_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let app = folder.path().join("my-blog");
    let created = make(&app).unwrap();
    assert_eq!(names(folder.path()), ["my-blog"], "nothing temporary is left");
    assert_eq!(names(&app)[..8], MADE);
    assert!(read(&app, "Cargo.toml").contains("name = \"my-blog\""));
    assert_eq!(read(&app, "src/main.rs"), "use my_blog::run; // my-blog\n");
    assert_eq!(read(&app, "README.md"), "# my-blog\n");
    assert_eq!(read(&app, "storage/logs/.gitignore"), "*\n");
    assert_eq!(fs::read(app.join("resources/public/icon.png")).unwrap(), b"\x89PNG\xff app-template");
    let next = created.to_string();
    for hint in ["cd ", "my-blog", "cargo run", "http://127.0.0.1:3000", "cargo test"] {
        assert!(next.contains(hint), "{next}");
    }
}

#[test]
fn its_configuration_is_complete_and_its_key_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let key = |name: &str| {
        let app = folder.path().join(name);
        make(&app).unwrap();
        assert_eq!(fs::metadata(app.join(".env")).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(read(&app, ".env.example").contains("APP_KEY=\n"));
        let config = Config::builder(&app).environment::<String, String>([]).load().unwrap();
        let section: AppConfig = config.section().unwrap();
        assert!(KeyRing::from_config(&section.key, &section.previous_keys, Random::system()).unwrap().is_some());
        (section.name, section.key.expose().to_owned())
    };
    let (first, second) = (key("my-blog"), key("other"));
    assert_eq!((first.0.as_str(), second.0.as_str()), ("My Blog", "Other"));
    assert_ne!(first.1, second.1);
}

#[test]
fn an_empty_folder_is_filled_and_stays_the_same_folder() {
    use std::os::unix::fs::MetadataExt;
    let folder = tempfile::tempdir().unwrap();
    let app = folder.path().join("blog");
    fs::create_dir(&app).unwrap();
    let inode = fs::metadata(&app).unwrap().ino();
    make(&app).unwrap();
    assert_eq!(names(&app)[..8], MADE);
    assert_eq!(fs::metadata(&app).unwrap().ino(), inode);
}

#[test]
fn what_is_there_is_never_touched() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    fs::create_dir(place("full")).unwrap();
    fs::write(place("full").join("a"), "a").unwrap();
    fs::write(place("file"), "a").unwrap();
    symlink("nowhere", place("link")).unwrap();
    for name in ["full", "file", "link"] {
        assert!(matches!(make(&place(name)), Err(NewError::Exists { .. })), "{name}");
    }
    assert_eq!(names(folder.path()), ["file", "full", "link"]);
    assert_eq!(names(&place("full")), ["a"]);
}

#[test]
fn a_wrong_name_or_place_is_refused_and_nothing_written() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(make(&folder.path().join("My Blog")), Err(NewError::Name { .. })));
    assert!(matches!(make(&folder.path().join("..")), Err(NewError::NoName { .. })));
    assert!(matches!(make(&folder.path().join("no/blog")), Err(NewError::NoParent { .. })));
    assert!(matches!(make_with(&folder.path().join("blog"), &Random::broken()), Err(NewError::Random(_))));
    assert!(names(folder.path()).is_empty());
}

#[test]
fn a_failure_half_way_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut template = template();
    // A file in a place where a folder must be.
    template.files.push(("README.md/more".to_owned(), Cow::Borrowed(b"")));
    for name in ["blog", "empty"] {
        let path = folder.path().join(name);
        if name == "empty" {
            fs::create_dir(&path).unwrap();
        }
        let request = NewApp { path: &path, salon: Dependency::Version("0.1.0".into()), template: &template };
        assert!(matches!(new_app(&request, &Random::system()), Err(NewError::Write { .. })));
    }
    assert_eq!(names(folder.path()), ["empty"]);
    assert!(names(&folder.path().join("empty")).is_empty());
}

#[test]
fn a_place_that_cannot_be_written_is_told() {
    // The kernel's own folder rejects writes even from root.
    let error = make(Path::new("/proc/blog")).unwrap_err();
    assert!(error.to_string().starts_with("cannot write /proc"), "{error}");
}

#[test]
fn a_template_without_its_manifest_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut template = template();
    template.files.retain(|(path, _)| path != "Cargo.toml");
    let path = folder.path().join("blog");
    let request = NewApp { path: &path, salon: Dependency::Version("0.1.0".into()), template: &template };
    assert!(matches!(new_app(&request, &Random::system()), Err(NewError::Template { file: "Cargo.toml", .. })));
}
