//! Checks the guide's templates, tables and configuration. rustdoc runs its Rust code.

use std::{fs, path::Path};

use serde_json::json;

use crate::{
    config::{AppConfig, LoggingConfig, ServerConfig},
    database::DatabaseConfig,
    doc_support,
    session::SessionConfig,
    testing::TestApp,
    view::{View, view},
};

const VIEWS: &str = include_str!("../../docs/views.md");
const FORMS: &str = include_str!("../../docs/forms-and-validation.md");
const CONFIGURATION: &str = include_str!("../../docs/configuration.md");

/// Writes a page's templates into an app's folder, each to the path in its first line.
fn write_templates(page: &str, root: &Path) {
    let blocks = page.split("```html\n").skip(1).filter_map(|rest| rest.split("\n```").next());
    for block in blocks {
        let path = block.strip_prefix("{# ").and_then(|rest| rest.split(" #}").next()).unwrap();
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, block).unwrap();
    }
}

async fn profile() -> View {
    view("profile.html").with("settings", json!({ "theme": "</script>" }))
}

async fn guestbook() -> View {
    view("guestbook.html")
}

#[tokio::test]
async fn the_templates_of_the_guide_show_what_it_says() {
    let root = tempfile::tempdir().unwrap();
    write_templates(VIEWS, root.path());
    write_templates(FORMS, root.path());
    let app = doc_support::app(|route| {
        route.get("/profile", profile);
        route.post("/profile", || async {}).name("profile.store");
        route.get("/users/{id}", || async {}).name("users.show");
        route.get("/guestbook", guestbook);
        route.post("/guestbook", || async {}).name("guestbook.store");
    });
    let mut app = TestApp::new(app.root(root.path())).await;
    app.with_session([("name", json!("<Ada>")), ("user", json!({ "teams": ["engines"] }))]).await;
    app.get("/profile")
        .await
        .assert_ok()
        .assert_see("Hello, &lt;Ada&gt;")
        .assert_see("Your first team: engines")
        .assert_see("<title>Your profile · Salon</title>")
        .assert_see(r#"<input type="hidden" name="_token""#)
        .assert_see(r#"<meta name="csrf-token""#)
        .assert_see("/users/7?tab=posts")
        .assert_see(r#"{"theme":"\u003c/script\u003e"}"#);
    app.get("/guestbook").await.assert_ok().assert_see(r#"action="/guestbook""#).assert_see(r#"value="""#);
}

#[test]
fn every_key_of_the_configuration_is_in_the_guide() {
    let sections = [
        serde_json::to_value(AppConfig::default()),
        serde_json::to_value(SessionConfig::default()),
        serde_json::to_value(DatabaseConfig::default()),
        serde_json::to_value(ServerConfig::default()),
        serde_json::to_value(LoggingConfig::default()),
    ];
    for section in sections.map(Result::unwrap) {
        for key in section.as_object().unwrap().keys() {
            assert!(CONFIGURATION.contains(&format!("`{key}`")), "{key}");
        }
    }
}

#[test]
fn every_method_of_the_session_is_in_the_guide() {
    let page = include_str!("../../docs/session.md");
    let sources = [
        include_str!("../../../session/src/visit/methods/read.rs"),
        include_str!("../../../session/src/visit/methods/write.rs"),
        include_str!("../../../session/src/visit/methods/remove.rs"),
        include_str!("../../../session/src/visit/methods/flash.rs"),
        include_str!("../../../session/src/visit/methods/form.rs"),
        include_str!("../../../session/src/visit/methods/temporary.rs"),
        include_str!("../../../session/src/visit/methods/identity.rs"),
        include_str!("../../../session/src/visit/methods/life.rs"),
        include_str!("../../../session/src/visit/methods/token.rs"),
    ];
    let lines = sources.iter().flat_map(|source| source.lines()).map(str::trim_start);
    let public = lines.filter_map(|line| line.strip_prefix("pub fn ").or_else(|| line.strip_prefix("pub async fn ")));
    for method in public.filter_map(|rest| rest.split(['(', '<']).next()) {
        let is_told = [format!("`{method}("), format!("`{method}::<")].iter().any(|name| page.contains(name));
        assert!(is_told, "{method}");
    }
}

#[test]
fn every_error_of_the_session_is_in_the_guide() {
    let page = include_str!("../../docs/session.md");
    let source = include_str!("../../../session/src/error.rs");
    let body = source.split_once("pub enum Error {").unwrap().1.split_once("\n}\n").unwrap().0;
    let lines = body.lines().filter_map(|line| line.strip_prefix("    "));
    for variant in lines.filter(|line| line.starts_with(char::is_uppercase)) {
        let name = variant.split([' ', '(', ',']).next().unwrap();
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn the_kernel_of_the_readme_is_that_of_a_new_app() {
    let kernel = include_str!("../../../../app-template/src/http/kernel.rs");
    let (_, code) = kernel.split_once("\n\n").unwrap();
    assert!(include_str!("../../../../README.md").contains(code), "README.md, section \"The kernel\"");
}

#[test]
fn every_link_of_the_guide_leads_somewhere_here_and_in_the_files() {
    let links = include_str!("../../docs/links.md");
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    for entry in fs::read_dir(&docs).unwrap() {
        let path = entry.unwrap().path();
        let page = fs::read_to_string(&path).unwrap();
        let definitions = page.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: "));
        for (label, target) in definitions.filter(|_| !path.ends_with("links.md")) {
            assert!(links.contains(&format!("[{label}]: ")), "{label} in links.md");
            let file = target.split('#').next().unwrap();
            assert!(docs.join(file).is_file(), "{target} in {}", path.display());
        }
    }
}

/// Reads every Rust file below a folder.
fn sources(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            all.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_promise_of_the_page_about_security_has_a_test() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut all = String::new();
    for folder in ["framework", "tests"] {
        sources(&repository.join(folder), &mut all);
    }
    let page = include_str!("../../docs/security.md");
    let promises: Vec<&str> = page.lines().filter(|line| line.starts_with("| ") && line.contains('`')).collect();
    assert!(promises.len() > 20, "{promises:#?}");
    for promise in promises {
        let proof = promise.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        for test in proof.split(", ") {
            let name = test.trim_matches('`');
            assert!(all.contains(&format!("fn {name}(")), "{name} is not a test");
        }
    }
}
