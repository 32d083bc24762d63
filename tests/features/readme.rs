//! The ten minutes of the README: what it tells readers to write, written into a new app, which then runs.

use std::{fs, path::Path};

use salon_tests::{Process, Server};
use tempfile::TempDir;

use crate::scaffold::{cargo_in, salon_new};

const README: &str = include_str!("../../README.md");

/// A section of the README: its text, and its blocks of code with their languages.
struct Section {
    text: String,
    blocks: Vec<(&'static str, String)>,
}

impl Section {
    fn named(heading: &str) -> Self {
        let start = README.find(&format!("\n### {heading}\n")).unwrap_or_else(|| panic!("no section {heading:?}"));
        let lines =
            README[start..].lines().skip(2).take_while(|line| !line.starts_with("## ") && !line.starts_with("### "));
        let mut section = Self { text: String::new(), blocks: Vec::new() };
        let mut is_code = false;
        for line in lines {
            match line.strip_prefix("```") {
                Some(language) => {
                    is_code = !is_code;
                    if is_code {
                        section.blocks.push((language, String::new()));
                    }
                }
                None => {
                    let text = section.blocks.last_mut().filter(|_| is_code).map(|(_, block)| block);
                    let text = text.unwrap_or(&mut section.text);
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
        section
    }

    fn block(&self, language: &str) -> &str {
        let found = self.blocks.iter().find(|(known, _)| *known == language);
        &found.unwrap_or_else(|| panic!("no block of {language:?} in: {}", self.text)).1
    }

    /// Writes the block of this language to the file that the section says to create.
    fn create(&self, app: &Path, language: &str) {
        let (_, rest) = self.text.split_once("Create `").expect("a file to create");
        let (path, _) = rest.split_once('`').expect("the end of its path");
        assert!(!app.join(path).exists(), "{path} exists already");
        fs::write(app.join(path), self.block(language)).expect(path);
    }

    /// Applies its diffs. The first line of each names the file.
    fn patch(&self, app: &Path) {
        for (_, diff) in self.blocks.iter().filter(|(language, _)| *language == "diff") {
            let (path, diff) = diff.split_once('\n').expect("lines");
            let path = path.trim_start_matches(" // ");
            let side = |left_out: char| -> String {
                let lines = diff.lines().filter(|line| !line.starts_with(left_out));
                lines.map(|line| format!("{}\n", line.get(1..).unwrap_or_default())).collect()
            };
            let (before, after) = (side('+'), side('-'));
            let file = fs::read_to_string(app.join(path)).expect(path);
            assert_eq!(file.matches(&before).count(), 1, "{path} of a new app does not have once:\n{before}");
            fs::write(app.join(path), file.replace(&before, &after)).expect(path);
        }
    }
}

#[tokio::test]
async fn what_the_readme_says_to_write_makes_an_app_that_passes_its_test_and_runs() {
    let place = TempDir::new().expect("a temporary folder");
    salon_new(&place, "blog").await.assert_success();
    let app = place.path().join("blog");

    let kernel = Section::named("The kernel");
    assert!(kernel.text.contains("`src/http/kernel.rs`"));
    fs::write(app.join("src/http/kernel.rs"), kernel.block("rust")).expect("the kernel");
    Section::named("A controller").create(&app, "rust");
    Section::named("Its routes").patch(&app);
    Section::named("Its template").create(&app, "html");
    Section::named("Its test").create(&app, "rust,ignore");
    let driver = Section::named("A driver of your own");
    driver.create(&app, "rust");
    driver.patch(&app);

    let tested = Process::start(&mut cargo_in(&app, "test")).end().await;
    tested.assert_success();
    assert!(tested.stdout.contains("a_note_is_kept ... ok"), "{}", tested.stdout);

    assert_eq!(driver.block("sh"), "SESSION_DRIVER=ledger cargo run\n");
    let mut run = cargo_in(&app, "run");
    let server = Server::listening(Process::start(run.envs([("APP_PORT", "0"), ("SESSION_DRIVER", "ledger")]))).await;
    let ada = server.visitor();
    ada.get("/").await.assert_status(200).assert_see("ledger").assert_see("<strong>1</strong>");
    ada.get("/").await.assert_see("<strong>2</strong>");
    ada.get("/notes").await.assert_status(200).assert_see("Keep it");
    ada.get("/health/ready").await.assert_status(200);
    server.stop().await.assert_success();
    let kept = fs::read_dir(app.join("storage/framework/sessions")).expect("a folder");
    let kept: Vec<_> = kept.map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(kept, [".gitignore"], "no session is kept in a file");
}
