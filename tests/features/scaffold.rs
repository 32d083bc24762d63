//! `salon new`: a new app that compiles, passes its tests, and runs.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use salon_tests::{Binary, Ended, Process, Server, cargo, mode};
use tempfile::TempDir;

pub(crate) async fn salon_new(within: &TempDir, path: &str) -> Ended {
    let mut command = Command::new(Binary::Salon.path());
    Process::start(command.args(["new", path]).current_dir(within.path())).end().await
}

/// A cargo command in the new app, which reuses the crates that were built here already.
pub(crate) fn cargo_in(app: &Path, command: &str) -> Command {
    let mut cargo = cargo(command);
    cargo.arg("--offline").current_dir(app);
    // As in this workspace, so that only the app itself and the framework are built again.
    cargo.env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only").env("CARGO_TARGET_DIR", target());
    for (name, _) in std::env::vars_os() {
        if ["APP_", "SESSION_", "LOGGING_"].iter().any(|start| name.to_string_lossy().starts_with(start)) {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// The folder that cargo builds into.
fn target() -> PathBuf {
    Binary::Salon.path().ancestors().nth(2).expect("target/debug/salon").to_owned()
}

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_new_app_compiles_passes_its_own_tests_and_runs() {
    let place = TempDir::new().expect("a temporary folder");
    let made = salon_new(&place, "my-blog").await;
    made.assert_success();
    for step in ["my-blog", "cd my-blog", "cargo run", "http://127.0.0.1:3000", "cargo test"] {
        assert!(made.stdout.contains(step), "{step:?} is missing in:\n{}", made.stdout);
    }

    let app = place.path().join("my-blog");
    let expected = [
        ".env",
        ".env.example",
        ".gitignore",
        "Cargo.lock",
        "Cargo.toml",
        "README.md",
        "config",
        "resources",
        "src",
        "storage",
        "tests",
    ];
    assert_eq!(files(&app), expected, "and no .git: that is left to the user");
    assert_eq!(mode(&app.join(".env")), 0o600);

    let tested = Process::start(&mut cargo_in(&app, "test")).end().await;
    tested.assert_success();
    assert!(tested.stdout.contains("visits_are_counted ... ok"), "{}", tested.stdout);

    // A driver that is not compiled in is known by name, and the error says how to enable it.
    let mut refused = cargo_in(&app, "run");
    refused.arg("--quiet").envs([("APP_PORT", "0"), ("SESSION_DRIVER", "memcached")]);
    let refused = Process::start(&mut refused).end().await;
    refused.assert_refused(&["`memcached`", "needs the feature `memcached`", "cargo add salon --features memcached"]);

    let mut run = cargo_in(&app, "run");
    let server = Server::listening(Process::start(run.env("APP_PORT", "0"))).await;
    let ada = server.visitor();
    ada.get("/").await.assert_status(200).assert_see("My Blog").assert_see("<strong>1</strong>");
    ada.get("/").await.assert_see("<strong>2</strong>");
    server.stop().await.assert_success();
    assert!(app.join("storage/framework/sessions").is_dir());
}

#[tokio::test]
async fn every_new_app_has_a_key_of_its_own() {
    let place = TempDir::new().expect("a temporary folder");
    let mut keys = Vec::new();
    for name in ["first", "second"] {
        salon_new(&place, name).await.assert_success();
        let env = fs::read_to_string(place.path().join(name).join(".env")).expect("a file");
        let key =
            env.lines().find_map(|line| line.strip_prefix("APP_KEY=")).expect("a key").trim_matches('"').to_owned();
        assert!(key.starts_with("base64:") && key.len() == "base64:".len() + 44, "{}", key.len());
        let example = fs::read_to_string(place.path().join(name).join(".env.example")).expect("a file");
        assert!(!example.contains(&key));
        keys.push(key);
    }
    assert_ne!(keys[0], keys[1]);
}

#[tokio::test]
async fn an_empty_folder_will_do() {
    let place = TempDir::new().expect("a temporary folder");
    fs::create_dir(place.path().join("blog")).expect("a folder");
    salon_new(&place, "blog").await.assert_success();
    assert!(place.path().join("blog/src/main.rs").is_file());
}

#[tokio::test]
async fn a_folder_that_holds_something_is_refused_and_left_alone() {
    let place = TempDir::new().expect("a temporary folder");
    fs::create_dir(place.path().join("blog")).expect("a folder");
    fs::write(place.path().join("blog/notes.txt"), "mine").expect("a file");
    fs::write(place.path().join("journal"), "a file").expect("a file");
    for name in ["blog", "journal"] {
        salon_new(&place, name).await.assert_refused(&[name, "not an empty folder", "choose another name"]);
    }
    assert_eq!(files(place.path()), ["blog", "journal"]);
    assert_eq!(files(&place.path().join("blog")), ["notes.txt"]);
}

#[tokio::test]
async fn a_name_that_no_crate_can_have_is_refused_with_one_that_it_can() {
    let place = TempDir::new().expect("a temporary folder");
    for (name, instead) in
        [("My Blog", "`my-blog`"), ("2048", "`app-2048`"), ("fn", "`fn-app`"), ("serde", "`serde-app`")]
    {
        salon_new(&place, name).await.assert_refused(&[name, instead]);
    }
    assert_eq!(files(place.path()), Vec::<String>::new());
}

#[tokio::test]
async fn a_place_that_is_not_there_or_cannot_be_written_is_refused() {
    let place = TempDir::new().expect("a temporary folder");
    salon_new(&place, "nowhere/blog").await.assert_refused(&["nowhere", "does not exist"]);
    assert_eq!(files(place.path()), Vec::<String>::new());
    // Where nobody may write, not even root.
    salon_new(&place, "/proc/blog").await.assert_refused(&["/proc", "cannot write"]);
}

#[tokio::test]
async fn without_a_command_it_says_what_it_can_do() {
    let mut command = Command::new(Binary::Salon.path());
    let ended = Process::start(&mut command).end().await;
    assert_eq!(ended.status.code(), Some(2));
    assert!(ended.stderr.contains("new") && ended.stderr.contains("key:generate"), "{ended:?}");
}
